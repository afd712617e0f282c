/** A year, as browsers ask for before they remember it beyond the session. */
const HTTPS_ONLY_SECONDS = 31_536_000

/**
 * What every answer of the server of its own tells browsers: to take it for nothing but what it says it is, to show it
 * in nobody's frame, to run nothing in it, and to tell no other site where they came from. Pages that need scripts
 * bring a policy of their own.
 *
 * @param publicOrigin where browsers reach this server; where that is https, they are to forget http
 */
export function securityHeaders(publicOrigin: string): Readonly<Record<string, string>> {
  return {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ...(publicOrigin.startsWith('https:') ? { 'strict-transport-security': `max-age=${HTTPS_ONLY_SECONDS}` } : {}),
  }
}
