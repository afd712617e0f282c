/** Where this page finds its servers; see README.md. */
export interface PageConfig {
  /** The registration server's base URL. */
  endpoint: string
  /** The code verification's base URL. */
  verification: string
}

/**
 * Reads `config.json` beside the page: the operator of the page sets its servers at run time, so one build
 * serves every environment.
 *
 * @throws Error when it is missing or incomplete
 */
export async function loadConfig(): Promise<PageConfig> {
  const response = await fetch(new URL('config.json', document.baseURI), { cache: 'no-store' })
  const { endpoint, verification } = (await response.json()) as Partial<PageConfig>
  if (!endpoint || !verification) throw new Error('config.json must name "endpoint" and "verification".')
  return { endpoint, verification }
}
