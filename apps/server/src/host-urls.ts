/** The parts of `postgres://user:password@host-1:5432,host-2:5432/database?parameters`. A host contains no @. */
const PARTS = /^(?<scheme>postgres(?:ql)?:\/\/(?:[^/?#]*@)?)(?<hosts>[^/?#@]*)(?<path>[^?#]*)(?:\?(?<parameters>.*))?$/

/** Supported values of `target_session_attrs`. The others may choose a standby. */
const TAKING_WRITES = ['read-write', 'primary']

/** The hosts that a DATABASE_URL names. */
export interface HostUrls {
  /** One URL for each host, in the order given. */
  urls: readonly [string, ...string[]]
  /** Whether to look for the host that accepts writes, which may change at any time. */
  followPrimary: boolean
}

/**
 * Parses the parts of libpq's URLs that pg doesn't support: several hosts, and `target_session_attrs`. Several hosts always
 * mean the one that accepts writes, even without `target_session_attrs`.
 *
 * @returns undefined if the URL is invalid, or if it allows a standby
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
