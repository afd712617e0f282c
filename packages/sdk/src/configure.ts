import { RegistrationError } from './registration-error.ts'
import { withoutBlanks } from './without-blanks.ts'

/** What a page says once, and may say otherwise in a single call. */
export interface RegistrationSettings {
  /** The registration server's base URL, such as `https://reg.example.com`. Must be set. */
  endpoint?: string | undefined
  /**
   * The signed proof that the visitor confirmed the e-mail, or how to get it. Asked for right before a registration
   * is sent; kept nowhere. What it throws, the call throws.
   */
  verificationToken?: string | (() => Token | Promise<Token>) | undefined
  /** The page's own id for this visitor, where the call itself has none. */
  visitorId?: string | undefined
  /** What sent the visitor here: at most 100 characters. The server writes `orchestrated` when absent. */
  source?: string | undefined
  /** The page's address: at most 2,048 characters. Without it the address bar's, up to the `#`. */
  siteUrl?: string | undefined
  /** `false` sends nothing about the browser; an object replaces what `browserData()` collects. */
  browserData?: object | false | undefined
  /** Hosts that a link may have, such as `['pay.example.com', '*.example.org']`. Any, when absent. */
  redirectHosts?: readonly string[] | undefined
  /** How long to try and to wait, all repetitions included, in milliseconds; 90,000 when absent. */
  deadlineMs?: number | undefined
}

type Token = string | null | undefined

let defaults: RegistrationSettings = {}

/** Sets what the four arguments of the call can't say. What is left out stays as it was. */
export function configure(settings: RegistrationSettings): void {
  defaults = { ...defaults, ...withoutBlanks(settings) }
}

/** The page's settings with one call's own on top; `endpoint` without a slash at its end. */
export function settingsFor<Own extends RegistrationSettings>(own: Own | undefined): Own & { endpoint: string } {
  const settings = { ...defaults, ...withoutBlanks(own ?? {}) } as Own
  if (!settings.endpoint) {
    throw new RegistrationError(
      'INVALID_INPUT',
      "No server to register with: call configure({ endpoint: 'https://…' }) first.",
    )
  }
  return { ...settings, endpoint: settings.endpoint.replace(/\/+$/, '') }
}
