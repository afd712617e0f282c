/**
 * The link as it came, when a visitor may be sent to it: https, no user or password in it, and one of the `hosts`
 * where any are listed (`*.example.com` stands for every host below example.com, not for itself).
 */
export function checkedLink(link: string | null, hosts?: readonly string[]): string | undefined {
  try {
    const { protocol, username, password, hostname } = new URL(link ?? '')
    const welcome =
      !hosts || hosts.some((host) => (host[0] === '*' ? hostname.endsWith(host.slice(1)) : hostname === host))
    if (link && protocol === 'https:' && !username && !password && welcome) return link
  } catch {}
  return undefined
}
