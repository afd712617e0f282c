import type { PartnerAccount } from '../registration/partner.ts'

/** Whether a link may lead to this host, in lower case. */
export type HostAllowed = (host: string) => boolean

const PATHS = ['custom_login_link', 'deposit', 'main'] as const

/**
 * The link to send the visitor to: the first of `custom_login_link`, `deposit` and `main` that makes a safe link on
 * the partner's `domain`, else `autologin` where it is a full one. Null when none is.
 */
export function depositLink(answer: PartnerAccount, isAllowed: HostAllowed): string | null {
  const domain = domainOf(answer.domain)
  if (domain && isAllowed(domain.url.hostname)) {
    for (const field of PATHS) {
      const url = linkOn(domain, answer[field])
      if (url) return url.href
    }
  }
  const autologin = answer.autologin?.trim()
  const url = fullLink(autologin)
  // Unchanged, since it is stored and compared in this form.
  return url && autologin && isAllowed(url.hostname) ? autologin : null
}

/** The answer without the fields that would lead to a host which is not allowed, if a page made a link of them. */
export function withoutForeignLinks(answer: PartnerAccount, isAllowed: HostAllowed): PartnerAccount {
  const domain = domainOf(answer.domain)
  // Without a usable domain, a path is accepted if it is one on any domain.
  const isDomainAllowed = domain === undefined || isAllowed(domain.url.hostname)
  const staysOnDomain = (path: string) =>
    isDomainAllowed && (isPlainPath(path.trim()) || linkOn(domain, path) !== undefined)
  const isAllowedLink = (link: string) => {
    const url = fullLink(link.replace(/^http:/i, 'https:'))
    return url !== undefined && isAllowed(url.hostname)
  }
  const { autologin } = answer
  const droppedFields: (keyof PartnerAccount)[] = PATHS.filter(
    (field) => answer[field] && !staysOnDomain(answer[field]),
  )
  if (autologin && !isAllowedLink(autologin) && !staysOnDomain(autologin)) droppedFields.push('autologin')
  if (droppedFields.length === 0) return answer
  return Object.fromEntries(
    Object.entries(answer).filter(([field]) => !droppedFields.some((dropped) => dropped === field)),
  )
}

interface Domain {
  /** The domain as text, without surrounding slashes and blanks. */
  root: string
  url: URL
}

function domainOf(domain: string | undefined): Domain | undefined {
  const root = domain?.trim().replace(/^\/+/, '')
  if (!root || !HOST_AND_PATH.test(root)) return undefined
  const url = safeLink(`https://${root}`)
  return url && { root, url }
}

/** Whether a path stays on the host before it: a browser reads a backslash as a slash and `//host` as another host. */
function isPlainPath(path: string): boolean {
  return PLAIN_PATH.test(path)
}

/**
 * `https://{domain}{path}`, refused unless what a browser makes of it still is on that domain. The domain may have slashes and
 * blanks around it and a path behind it, as it worked where pages joined the two texts.
 */
function linkOn(domain: Domain | undefined, path: string | undefined): URL | undefined {
  if (!domain || !path) return undefined
  const { root } = domain
  const trimmedPath = path.trim()
  const isAbsolute = isPlainPath(trimmedPath)
  if (!isAbsolute && !(root.endsWith('/') && RELATIVE_PATH.test(trimmedPath))) return undefined
  const url = safeLink(`https://${root.replace(/\/+$/, '')}${isAbsolute ? '' : '/'}${trimmedPath}`)
  return url?.host === domain.url.host ? url : undefined
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
