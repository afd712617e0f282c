/** The link as a browser reads it, where that is https to a host, without credentials or characters that hide another. */
export function safeLink(link: string): URL | undefined {
  const url = /[\p{Cc}\\]/u.test(link) ? null : URL.parse(link)
  return url?.protocol === 'https:' && !url.username && !url.password && url.hostname ? url : undefined
}
