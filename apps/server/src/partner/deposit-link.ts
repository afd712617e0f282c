import type { PartnerAccount } from '../registration/partner.ts'

/** Whether a link may lead to this host, in lower case. */
export type HostAllowed = (host: string) => boolean

const PATHS = ['custom_login_link', 'deposit', 'main'] as const

/**
 * The link to send the visitor to: the first of `custom_login_link`, `deposit` and `main` that makes a safe link on
 * the partner's `domain`, else `autologin` where it is a full one. Null when none is.
 */
export function depositLink(answer: PartnerAccount, isAllowed: HostAllowed): string | null {
  const front = frontOf(answer.domain)
  if (front && isAllowed(front.url.hostname)) {
    for (const field of PATHS) {
      const url = linkOn(front, answer[field])
      if (url) return url.href
    }
  }
  const autologin = answer.autologin?.trim()
  const url = fullLink(autologin)
  // As it came, since it is stored and compared as such.
  return url && autologin && isAllowed(url.hostname) ? autologin : null
}

/** The answer without the fields that would lead a visitor elsewhere, should a page make a link of them. */
export function withoutStrayLinks(answer: PartnerAccount, isAllowed: HostAllowed): PartnerAccount {
  const front = frontOf(answer.domain)
  // Where there is no domain to speak of, a path is judged as one on any.
  const isFrontAllowed = front === undefined || isAllowed(front.url.hostname)
  const staysOnFront = (path: string) =>
    isFrontAllowed && (isPlainPath(path.trim()) || linkOn(front, path) !== undefined)
  const isAllowedLink = (link: string) => {
    const url = fullLink(link.replace(/^http:/i, 'https:'))
    return url !== undefined && isAllowed(url.hostname)
  }
  const { autologin } = answer
  const strays: (keyof PartnerAccount)[] = PATHS.filter((field) => answer[field] && !staysOnFront(answer[field]))
  if (autologin && !isAllowedLink(autologin) && !staysOnFront(autologin)) strays.push('autologin')
  if (strays.length === 0) return answer
  return Object.fromEntries(Object.entries(answer).filter(([field]) => !strays.some((stray) => stray === field)))
}

interface Front {
  /** The domain's text, without what is around it. */
  root: string
  url: URL
}

function frontOf(domain: string | undefined): Front | undefined {
  const root = domain?.trim().replace(/^\/+/, '')
  if (!root || !HOST_AND_PATH.test(root)) return undefined
  const url = safeLink(`https://${root}`)
  return url && { root, url }
}

/** Behind a host it stays there: a browser reads a backslash as a slash and `//host` as another host. */
function isPlainPath(path: string): boolean {
  return PLAIN_PATH.test(path)
}

/**
 * `https://{domain}{path}`, refused unless what a browser makes of it still is on that domain. The domain may have slashes and
 * blanks around it and a path behind it, as it worked where pages joined the two texts.
 */
function linkOn(front: Front | undefined, path: string | undefined): URL | undefined {
  if (!front || !path) return undefined
  const { root } = front
  const trimmedPath = path.trim()
  const isAbsolute = isPlainPath(trimmedPath)
  if (!isAbsolute && !(root.endsWith('/') && RELATIVE_PATH.test(trimmedPath))) return undefined
  const url = safeLink(`https://${root.replace(/\/+$/, '')}${isAbsolute ? '' : '/'}${trimmedPath}`)
  return url?.host === front.url.host ? url : undefined
}

const PLAIN_PATH = /^\/(?![/\\])[^\p{Cc}\\]*$/u
/** No credentials, query, fragment or blanks in it, and no port without digits. */
const HOST_AND_PATH = /^[^\s:/?#@\\]+(?::\d+)?(?:\/[^\s?#\\]*)?$/
/** A name, which no browser takes for a scheme or a host, or a query. */
const RELATIVE_PATH = /^(?:[\w-][\w.-]*(?:[/?#]|$)|\?)/

function fullLink(autologin: string | undefined): URL | undefined {
  return autologin && /^https:\/\/[^/\s]\S*$/i.test(autologin) ? safeLink(autologin) : undefined
}

/** Whether a visitor may be sent to a link that a person supplied. */
export function createLinkCheck(isAllowed: HostAllowed): (link: string) => boolean {
  return (link) => {
    const url = safeLink(link)
    return url !== undefined && isAllowed(url.hostname)
  }
}

/** @param patterns hosts, or `*.example.com` for every host below it; none allows any */
export function redirectHosts(patterns: readonly string[]): HostAllowed {
  if (patterns.length === 0) return () => true
  const exact = new Set(patterns.filter((pattern) => !pattern.startsWith('*.')))
  const below = patterns.filter((pattern) => pattern.startsWith('*.')).map((pattern) => pattern.slice(1))
  return (host) => exact.has(host) || below.some((suffix) => host.endsWith(suffix))
}

/** The link as a browser reads it, where that is https to a host, without credentials or characters that hide another. */
function safeLink(link: string): URL | undefined {
  const url = /[\p{Cc}\\]/u.test(link) ? null : URL.parse(link)
  return url?.protocol === 'https:' && !url.username && !url.password && url.hostname ? url : undefined
}
