import type { RejectionCode } from '@registration/shared'
import type { PartnerResult, Unknown } from '../registration/partner.ts'
import { classifyTransport } from './classify-transport.ts'
import { depositLink, type HostAllowed } from './deposit-link.ts'
import { partnerAnswer, partnerSentence } from './partner-answer.ts'
import type { Answer, Transport } from './transport.ts'

/** Decides which of the four ways a call ended. Whatever isn't clearly one of the other three is unknown. */
export function classifyReply(transport: Transport, isAllowed: HostAllowed): PartnerResult {
  const decided = classifyTransport(transport)
  return decided ?? ofAnswer(transport as Answer, isAllowed)
}

function ofAnswer({ status, body }: Answer, isAllowed: HostAllowed): PartnerResult {
  const object = parseObject(body)
  if (!object) return unknown(`HTTP ${status} without a JSON object`)
  return status < 300 ? ofSuccess(object, isAllowed) : ofRefusal(status, object)
}

function ofSuccess(object: Record<string, unknown>, isAllowed: HostAllowed): PartnerResult {
  if (object['success'] === false) return rejected(object)
  const answer = partnerAnswer(object)
  const depositUrl = depositLink(answer, isAllowed)
  // A usable link is a success even where the flag is missing.
  if (object['success'] !== true && depositUrl === null) return unknown('neither success nor refusal')
  return { kind: 'accepted', answer, depositUrl }
}

function ofRefusal(status: number, object: Record<string, unknown>): PartnerResult {
  return typeof object['message'] === 'string' ? rejected(object) : unknown(`HTTP ${status} without a message`)
}

/** Pages branch on the same words. */
const WORDS: readonly [RegExp, RejectionCode][] = [
  [/multiple\s+accounts/i, 'MULTIPLE_ACCOUNTS'],
  [/already\s+(?:been\s+)?(?:registered|exists)/i, 'ALREADY_REGISTERED'],
]

function rejected(object: Record<string, unknown>): PartnerResult {
  const message = partnerSentence(object['message'])
  const code = WORDS.find(([words]) => message && words.test(message))?.[1] ?? 'PARTNER_REJECTED'
  return { kind: 'rejected', code, message }
}

function unknown(reason: string): Unknown {
  return { kind: 'unknown', reason, answeredCompletely: true }
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
