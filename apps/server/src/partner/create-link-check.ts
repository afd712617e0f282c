import type { HostAllowed } from './deposit-link.ts'
import { safeLink } from './safe-link.ts'

/** Whether a visitor may be sent to a link that a person supplied. */
export function createLinkCheck(isAllowed: HostAllowed): (link: string) => boolean {
  return (link) => {
    const url = safeLink(link)
    return url !== undefined && isAllowed(url.hostname)
  }
}
