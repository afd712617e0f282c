import type { RejectionCode } from '@registration/shared'
import { classifyHttpResult } from '../../../../src/partner/classify-result.ts'
import type { HostAllowed } from '../../../../src/partner/deposit-link.ts'
import type { Answer, HttpResult } from '../../../../src/partner/http-result.ts'
import { partnerSentence } from '../../../../src/partner/rejection.ts'
import type { PartnerResult } from '../../../../src/registration/partner.ts'
import { readMember, xmlAttribute, xmlText } from './read-member.ts'

const CODES: Record<string, RejectionCode> = {
  'mail-taken': 'ALREADY_REGISTERED',
  'one-per-household': 'MULTIPLE_ACCOUNTS',
}

export function readReply(http: HttpResult, isAllowed: HostAllowed): PartnerResult {
  return classifyHttpResult(http) ?? readAnswer(http as Answer, isAllowed)
}

function readAnswer({ status, body }: Answer, isAllowed: HostAllowed): PartnerResult {
  if (status < 300) {
    const member = readMember(body, isAllowed)
    if (member) return { kind: 'accepted', answer: member.answer, depositUrl: member.depositUrl }
  } else {
    const code = xmlAttribute(body, 'error', 'code')
    const message = partnerSentence(xmlText(body, 'error'))
    if (code !== undefined) return { kind: 'rejected', code: CODES[code] ?? 'PARTNER_REJECTED', message }
  }
  return { kind: 'unknown', reason: `HTTP ${status} without a result`, answeredCompletely: true }
}
