import type { RejectionCode } from '@registration/shared'
import type { PartnerReply, Unknown } from '../registration/partner.ts'
import { depositLink, type HostAllowed } from './deposit-link.ts'
import { partnerAnswer, partnerSentence } from './partner-answer.ts'

/** What the wire gave of one call. */
export type Transport =
  /** An error before any byte of the request was written. */
  | { kind: 'unsent'; reason: string; retryAfterMs?: number }
  /** A time-out, a reset or another error with the request under way. */
  | { kind: 'broken'; reason: string }
  /** More bytes than any answer of theirs has; the rest was not read. */
  | { kind: 'oversized' }
  | { kind: 'answered'; status: number; retryAfter: string | null; body: string }

/** Decides which of the four ways a call ended. Whatever isn't clearly one of the other three is unknown. */
export function classifyReply(transport: Transport, isAllowed: HostAllowed): PartnerReply {
  switch (transport.kind) {
    case 'unsent': {
      const { reason, retryAfterMs } = transport
      return { kind: 'not-processed', reason, reached: false, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
    }
    case 'broken':
      return unknown(transport.reason, false)
    case 'oversized':
      return unknown('oversized answer', false)
    case 'answered':
      return ofAnswer(transport, isAllowed)
  }
}

function ofAnswer(
  { status, retryAfter, body }: Transport & { kind: 'answered' },
  isAllowed: HostAllowed,
): PartnerReply {
  if (status === 429) {
    const retryAfterMs = parseRetryAfter(retryAfter)
    return {
      kind: 'not-processed',
      reason: 'HTTP 429',
      reached: true,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }
  }
  // 502 and 504 speak for a gateway: behind it the partner may still be at work.
  if (status === 502 || status === 504) return unknown(`HTTP ${status}`, false)
  if (status >= 500 || (status >= 300 && status < 400)) return unknown(`HTTP ${status}`, true)
  const object = parseObject(body)
  if (!object) return unknown(`HTTP ${status} without a JSON object`, true)
  return status < 300 ? ofSuccess(object, isAllowed) : ofRefusal(status, object)
}

function ofSuccess(object: Record<string, unknown>, isAllowed: HostAllowed): PartnerReply {
  if (object['success'] === false) return rejected(object)
  const answer = partnerAnswer(object)
  const depositUrl = depositLink(answer, isAllowed)
  // A usable link is a success even where the flag is missing.
  if (object['success'] !== true && depositUrl === null) return unknown('neither success nor refusal', true)
  return { kind: 'accepted', answer, depositUrl }
}

function ofRefusal(status: number, object: Record<string, unknown>): PartnerReply {
  return typeof object['message'] === 'string' ? rejected(object) : unknown(`HTTP ${status} without a message`, true)
}

/** Pages branch on the same words. */
const WORDS: readonly [RegExp, RejectionCode][] = [
  [/multiple\s+accounts/i, 'MULTIPLE_ACCOUNTS'],
  [/already\s+(?:been\s+)?(?:registered|exists)/i, 'ALREADY_REGISTERED'],
]

function rejected(object: Record<string, unknown>): PartnerReply {
  const message = partnerSentence(object['message'])
  const code = WORDS.find(([words]) => message && words.test(message))?.[1] ?? 'PARTNER_REJECTED'
  return { kind: 'rejected', code, message }
}

function unknown(reason: string, answeredCompletely: boolean): Unknown {
  return { kind: 'unknown', reason, answeredCompletely }
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

/** Seconds, or an HTTP date. */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined
}
