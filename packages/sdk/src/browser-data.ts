/** What is sent about the browser unless `browserData` says otherwise. No IP lookup, no fingerprint. */
export interface BrowserData {
  userAgent?: string
  /** The visitor's first language, such as `en-GB`. */
  language?: string
  /** IANA name, such as `Europe/Berlin`. */
  timeZone?: string
  /** In CSS pixels, such as `390x844`. */
  screen?: string
  /** The page that linked here; empty when there was none. Browsers tell its origin only, as a rule. */
  referrer?: string
}

const SOURCES: Record<keyof BrowserData, () => unknown> = {
  userAgent: () => navigator.userAgent,
  language: () => navigator.language,
  timeZone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
  // A page may have something of its own under this name.
  screen: () => screen.width > 0 && `${screen.width}x${screen.height}`,
  referrer: () => document.referrer,
}

/** Reads it from this page, without what can't be read; `undefined` where there is no page. */
export function browserData(): BrowserData | undefined {
  if (typeof document === 'undefined') return undefined
  const data: BrowserData = {}
  for (const name of Object.keys(SOURCES) as (keyof BrowserData)[]) {
    try {
      const value = SOURCES[name]()
      if (typeof value === 'string') data[name] = value
    } catch {}
  }
  return data
}
