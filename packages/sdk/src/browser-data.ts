/** What is sent about the browser unless `browserData` says otherwise. No IP look-up, no fingerprint. */
export interface BrowserData {
  userAgent: string
  /** The visitor's first language, such as `en-GB`. */
  language: string
  /** IANA name, such as `Europe/Berlin`. */
  timeZone: string
  /** In CSS pixels, such as `390x844`. */
  screen: string
  /** The page that linked here; empty when there was none. Browsers tell its origin only, as a rule. */
  referrer: string
}

/** Reads it from this page; `undefined` where there is none. */
export function browserData(): BrowserData | undefined {
  if (typeof document === 'undefined') return undefined
  const { userAgent, language } = navigator
  return {
    userAgent,
    language,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: `${screen.width}x${screen.height}`,
    referrer: document.referrer,
  }
}
