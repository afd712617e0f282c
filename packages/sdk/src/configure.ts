import type { VisitorDescription } from '@registration/shared'
import { complain } from './complain.ts'
import { pageState } from './page-state.ts'
import { type RegistrationErrorCode, setUpError } from './registration-error.ts'
import { described, kindOf, textOf } from './traffic-params.ts'
import { withoutBlanks } from './without-blanks.ts'

/** What a page says once, and may say otherwise in a single call. */
export interface RegistrationSettings extends Omit<VisitorDescription, 'name' | 'siteUrl' | 'browserData'> {
  /** The registration server's base URL, such as `https://reg.example.com`. Must be set. */
  endpoint?: string | undefined
  /**
   * The signed proof that the visitor confirmed the e-mail, or how to get it. Asked for right before a registration
   * is sent; kept nowhere. If it throws, the registration is sent without a proof, and the thrown value is the `cause` of the
   * error that the server may answer with.
   */
  verificationToken?: string | PromiseLike<Token> | (() => Token | PromiseLike<Token>) | undefined
  /** The page's own id for this visitor, where the call itself has none. */
  visitorId?: string | number | undefined
  /** What sent the visitor here: at most 100 characters. The server writes `orchestrated` when absent. */
  source?: string | undefined
  /** The page's address: at most 2,048 characters. Without it the address bar's, up to the `#`. */
  siteUrl?: string | undefined
  /** `false` sends nothing about the browser; an object replaces what `browserData()` collects. */
  browserData?: object | false | undefined
  /** Hosts that a link may have, such as `['pay.example.com', '*.example.org']`. Any, when absent. */
  redirectHosts?: readonly string[] | undefined
  /** How long to try and to wait, the proof and all repetitions included, in milliseconds; 90,000 when absent. */
  deadlineMs?: number | undefined
  /** The language of the sentences for visitors, `en` or `ru`; the page's own (`<html lang>`) when absent. */
  language?: string | undefined
  /** Sentences of the page's own for visitors, by code. */
  messages?: Partial<Record<RegistrationErrorCode, string>> | undefined
}

/** A proof, or blank where there is none. */
export type Token = string | null | undefined

/** Settings as they are used: checked and normalised. */
export type CheckedSettings<Own extends RegistrationSettings = RegistrationSettings> = Own & { endpoint: string }

/**
 * Sets what the four arguments of the call can't say. Omitted settings keep their values.
 *
 * @throws RegistrationError `INVALID_INPUT` where it isn't an object
 */
export function configure(settings: RegistrationSettings): void {
  if (typeof settings !== 'object') {
    const mistake = setUpError(`configure() takes an object, not ${described(settings)}.`)
    complain(mistake.message)
    throw mistake
  }
  Object.assign(pageState.settings, withoutBlanks(settings ?? {}))
}

/**
 * The page's settings with one call's own on top, checked; `endpoint` without a slash at its end.
 *
 * @throws RegistrationError `INVALID_INPUT` that names the setting
 */
export function settingsFor<Own extends RegistrationSettings>(own: Own | undefined): CheckedSettings<Own> {
  const settings = { ...pageState.settings, ...withoutBlanks(own ?? {}) } as Own & {
    signal?: unknown
    onStatus?: unknown
  }
  const { signal, onStatus, deadlineMs, redirectHosts } = settings
  if (signal && typeof (signal as AbortSignal).addEventListener !== 'function') {
    throw setUpError(`signal must be an AbortSignal, not ${described(signal)}.`)
  }
  if (onStatus && typeof onStatus !== 'function')
    throw setUpError(`onStatus must be a function, not ${described(onStatus)}.`)
  if (deadlineMs !== undefined && !(Number(deadlineMs) > 0)) {
    throw setUpError('deadlineMs must be a number of milliseconds above 0.')
  }
  return {
    ...settings,
    endpoint: checkedEndpoint(settings.endpoint),
    ...(deadlineMs !== undefined && { deadlineMs: Number(deadlineMs) }),
    ...(redirectHosts && { redirectHosts: checkedHosts(redirectHosts) }),
  }
}

function checkedEndpoint(given: unknown): string {
  if (!given) {
    throw setUpError(
      "endpoint is missing: call configure({ endpoint: 'https://…' }) or set data-endpoint on the script tag.",
    )
  }
  const text = textOf(given) ?? (kindOf(given) === 'URL' ? String(given) : '')
  const page = globalThis.location
  let url: URL
  try {
    // A path is a server behind the page's own host.
    url = text[0] === '/' ? new URL(text, page.href) : new URL(text)
    if (!/^https?:$/.test(url.protocol)) throw new Error(`Not a protocol of ours: ${url.protocol}`)
  } catch (cause) {
    throw setUpError(`endpoint must be a URL that begins with https://, not ${text || described(given)}.`, cause)
  }
  if (url.username || url.password) throw setUpError('endpoint must have no user and password in it.')
  if (
    page?.protocol === 'https:' &&
    url.protocol === 'http:' &&
    !/^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname)
  ) {
    throw setUpError(`endpoint must begin with https://, as this page does.`)
  }
  return url.origin + url.pathname.replace(/\/+$/, '')
}

/** Host names as they stand in a parsed link: in small letters, without scheme, port and path. */
function checkedHosts(given: readonly string[]): string[] {
  return (Array.isArray(given) ? given : [given]).map((entry: unknown) => {
    const [, wildcard = '', host = ''] = /^(?:\w+:)?(?:\/\/)?(\*\.)?(.+)$/.exec(textOf(entry) ?? '') ?? []
    try {
      const { hostname } = new URL(`https://${host}`)
      return wildcard + hostname
    } catch (cause) {
      throw setUpError('redirectHosts must hold hosts such as *.example.org.', cause)
    }
  })
}
