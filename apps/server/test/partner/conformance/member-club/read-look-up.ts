import { classifyHttpResult } from '../../../../src/partner/classify-result.ts'
import type { HostAllowed } from '../../../../src/partner/deposit-link.ts'
import type { Answer, HttpResult } from '../../../../src/partner/http-result.ts'
import type { LookUpResult } from '../../../../src/registration/partner.ts'
import { readMember } from './read-member.ts'

export function readLookUp(http: HttpResult, registrationId: string, isAllowed: HostAllowed): LookUpResult {
  return classifyHttpResult(http) ?? readAnswer(http as Answer, registrationId, isAllowed)
}

function readAnswer({ status, body }: Answer, registrationId: string, isAllowed: HostAllowed): LookUpResult {
  const member = status < 300 ? readMember(body, isAllowed) : undefined
  // `ref` is the registration that created the member. Another registration must not get the link.
  if (member?.ref === registrationId) return { kind: 'accepted', answer: member.answer, depositUrl: member.depositUrl }
  if (member) return { kind: 'present' }
  if (status === 404 && body.trim() === '<none/>') return { kind: 'absent' }
  return { kind: 'unknown', reason: `HTTP ${status} without a result`, answeredCompletely: true }
}
