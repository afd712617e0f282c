/** The URL with these hosts instead of its own. A client connects to the one that accepts writes. */
export function multiHostUrl(url: string, hosts: readonly string[]): string {
  return `${url.replace(new URL(url).host, hosts.join(','))}?target_session_attrs=read-write`
}
