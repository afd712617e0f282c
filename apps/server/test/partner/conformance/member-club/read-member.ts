import { depositLink, type HostAllowed } from '../../../../src/partner/deposit-link.ts'
import { partnerAnswer } from '../../../../src/partner/partner-account.ts'
import type { PartnerAccount } from '../../../../src/registration/partner.ts'

export interface Member {
  /** The id of the registration that created it. */
  ref: string | undefined
  answer: PartnerAccount
  depositUrl: string | null
}

/** Undefined unless the whole body is one member. */
export function readMember(body: string, isAllowed: HostAllowed): Member | undefined {
  if (!/^<member [^<>]*>.*<\/member>\s*$/s.test(body)) return undefined
  const answer = partnerAnswer({
    success: true,
    domain: xmlText(body, 'host'),
    login: xmlText(body, 'id'),
    password: xmlText(body, 'secret'),
    deposit: xmlText(body, 'enter'),
  })
  return { ref: xmlAttribute(body, 'member', 'ref'), answer, depositUrl: depositLink(answer, isAllowed) }
}

export function xmlText(body: string, tag: string): string | undefined {
  return new RegExp(`<${tag}(?: [^<>]*)?>([^<>]*)</${tag}>`).exec(body)?.[1]
}

export function xmlAttribute(body: string, tag: string, name: string): string | undefined {
  return new RegExp(`<${tag} (?:[^<>]* )?${name}="([^"<>]*)"`).exec(body)?.[1]
}
