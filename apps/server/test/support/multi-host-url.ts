/** The URL with these hosts in the place of its own, of which the one that takes writes is meant. */
export function multiHostUrl(url: string, hosts: readonly string[]): string {
  return `${url.replace(new URL(url).host, hosts.join(','))}?target_session_attrs=read-write`
}
