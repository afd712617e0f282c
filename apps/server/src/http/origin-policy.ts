import type { IncomingHttpHeaders } from 'node:http'

/** Whether a browser's page may call. */
export type OriginVerdict =
  /** No browser's request. */
  { kind: 'no-browser' } | { kind: 'allowed'; origin: string } | { kind: 'refused' }

export interface OriginPolicy {
  judge(headers: IncomingHttpHeaders): OriginVerdict
}

/**
 * A browser names the page's origin in every cross-origin request and in every POST. The own origin comes from
 * `PUBLIC_URL` alone: a `Host` header says whatever the caller's DNS does.
 */
export function createOriginPolicy(publicOrigin: string, allowedOrigins: readonly string[] | '*'): OriginPolicy {
  const allowed = new Set([publicOrigin, ...(allowedOrigins === '*' ? [] : allowedOrigins)])
  return {
    judge({ origin, 'sec-fetch-site': site }) {
      // Only browsers send Sec-Fetch-Site; one that hides its page's origin shows nothing that could be allowed.
      if (origin === undefined)
        return site === undefined || site === 'same-origin' ? { kind: 'no-browser' } : { kind: 'refused' }
      const isAllowed = origin !== 'null' && (allowedOrigins === '*' || allowed.has(origin))
      return isAllowed ? { kind: 'allowed', origin } : { kind: 'refused' }
    },
  }
}
