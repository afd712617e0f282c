/** The parts of `postgres://user:password@host-1:5432,host-2:5432/database?parameters`; no host holds an @. */
const PARTS = /^(?<scheme>postgres(?:ql)?:\/\/(?:[^/?#]*@)?)(?<hosts>[^/?#@]*)(?<path>[^?#]*)(?:\?(?<parameters>.*))?$/

/** What libpq calls those of several hosts that a server could use; the others choose standbys too. */
const TAKING_WRITES = ['read-write', 'primary']

/** The hosts that a DATABASE_URL names. */
export interface HostUrls {
  /** One URL for each host, in the order given. */
  urls: readonly [string, ...string[]]
  /** Whether the one that takes writes is to be found, which may become another one at any time. */
  followPrimary: boolean
}

/**
 * Understands the part of libpq's URLs that pg doesn't: several hosts, and `target_session_attrs`. Several hosts mean the
 * one that takes writes, whether or not that is said.
 *
 * @returns undefined where it is no such URL, or asks for sessions that may be a standby's
 */
export function hostUrls(databaseUrl: string): HostUrls | undefined {
  const { scheme, hosts, path, parameters } = PARTS.exec(databaseUrl)?.groups ?? {}
  if (scheme === undefined || hosts === undefined) return undefined
  const wanted = new URLSearchParams(parameters)
  const attributes = wanted.get('target_session_attrs')
  if (attributes !== null && !TAKING_WRITES.includes(attributes)) return undefined
  const [first = '', ...others] = hosts.split(',')
  if (others.length > 0 && (first === '' || others.includes(''))) return undefined

  const rest = (parameters ?? '').split('&').filter((parameter) => !parameter.startsWith('target_session_attrs='))
  const query = rest.join('&')
  const urlOf = (host: string) => `${scheme}${host}${path}${query && `?${query}`}`
  return {
    urls: [urlOf(first), ...others.map(urlOf)],
    followPrimary: others.length > 0 || attributes !== null,
  }
}
