import { domainToASCII } from 'node:url'
import type { PartnerAccount } from '../registration/partner.ts'
import { safeLink } from './safe-link.ts'

/** Whether a link may lead to this host, in lower case. */
export type HostAllowed = (host: string) => boolean

/**
 * The link to send the visitor to: the first of `custom_login_link`, `deposit` and `main` that makes a safe link on
 * the partner's `domain`, else `autologin` where it is a full one. Null when none is.
 */
export function depositLink(answer: PartnerAccount, isAllowed: HostAllowed): string | null {
  const { domain, custom_login_link, deposit, main, autologin } = answer
  for (const path of [custom_login_link, deposit, main]) {
    const url = linkOn(domain, path)
    if (url && isAllowed(url.hostname)) return url.href
  }
  const url = fullLink(autologin)
  // As it came, since it is stored and compared as such.
  return url && autologin && isAllowed(url.hostname) ? autologin : null
}

/** `https://{domain}{path}`, refused unless what a browser makes of it still is on that domain. */
function linkOn(domain: string | undefined, path: string | undefined): URL | undefined {
  if (!domain || !path) return undefined
  // A browser reads a backslash as a slash and `//host` as another host, wherever the path alone is used.
  if (!path.startsWith('/') || /^\/[/\\]/.test(path)) return undefined
  const url = safeLink(`https://${domain}${path}`)
  return url && isBareHost(domain, url) ? url : undefined
}

function fullLink(autologin: string | undefined): URL | undefined {
  return autologin && /^https:\/\/[^/\s]\S*$/i.test(autologin) ? safeLink(autologin) : undefined
}

/** Whether the domain is nothing but a host, with a port at most: no credentials, path or query hidden in it. */
function isBareHost(domain: string, url: URL): boolean {
  const [, host = '', port = ''] = /^([^:/?#@]+)(?::(\d+))?$/.exec(domain) ?? []
  return domainToASCII(host) === url.hostname && (port === '443' ? '' : port) === url.port
}
