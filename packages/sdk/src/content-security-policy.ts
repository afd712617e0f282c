import { pageState } from './page-state.ts'

/** Begins to listen for what the page's Content-Security-Policy blocks; once, for as long as the page lives. */
function watch(): Set<string> {
  const blocked = new Set<string>()
  globalThis.document?.addEventListener?.('securitypolicyviolation', ({ blockedURI, disposition }) => {
    try {
      if (disposition !== 'report') blocked.add(new URL(blockedURI).origin)
    } catch {
      // `inline` and the like, which are no URL.
    }
  })
  return blocked
}

/** To be called before the first request; later calls do nothing. */
export function watchPolicy(): void {
  pageState.blockedOrigins ??= watch()
}

/** Whether the page's policy keeps it from asking this server. Waits for the event, which may come after the failure. */
export async function isBlockedByPolicy(endpoint: string): Promise<boolean> {
  const { blockedOrigins } = pageState
  if (!blockedOrigins) return false
  await new Promise((resolve) => setTimeout(resolve))
  return blockedOrigins.has(new URL(endpoint).origin)
}
