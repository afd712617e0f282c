import type { Accepted, NotProcessed, PartnerResult, Unknown } from '../registration/partner.ts'
import { depositLink, type HostAllowed, withoutStrayLinks } from './deposit-link.ts'
import { type JsonObject, jsonObject, jsonObjectWithin, partnerAnswer } from './partner-account.ts'
import { type CodeOfSentence, createCodeOfSentence, isAboutRequestInProgress, sentenceIn } from './rejection.ts'
import type { Answer, Received, Transport } from './transport.ts'

/** What an answer is read by. */
export interface Reading {
  isAllowed: HostAllowed
  codeOfSentence: CodeOfSentence
}

const BUILT_IN_WORDS = createCodeOfSentence()

/** Decides which of the four ways a call ended. Whatever isn't clearly one of the other three is unknown. */
export function classifyReply(
  transport: Transport,
  { isAllowed, codeOfSentence = BUILT_IN_WORDS }: Pick<Reading, 'isAllowed'> & Partial<Reading>,
): PartnerResult {
  return (
    accountWithLink(transport, isAllowed) ??
    classifyTransport(transport) ??
    ofAnswer(transport as Answer, { isAllowed, codeOfSentence })
  )
}

/** Whether these bytes are an account with its link, whatever is wrong with the frame that they came in. */
export function isAccountWithLink(received: Received, isAllowed: HostAllowed): boolean {
  return readAccountWithLink(received, isAllowed) !== undefined
}

/** A link that has arrived is the visitor's, also where the answer was cut off, or is longer than it says. */
function accountWithLink(transport: Transport, isAllowed: HostAllowed): Accepted | undefined {
  for (const received of receivedOf(transport)) {
    const account = readAccountWithLink(received, isAllowed)
    if (account) return account
  }
  return undefined
}

function readAccountWithLink({ status, body }: Received, isAllowed: HostAllowed): Accepted | undefined {
  const object = isSuccess(status) ? jsonObjectWithin(body) : undefined
  if (object === undefined || object['success'] === false) return undefined
  const account = accepted(object, isAllowed)
  return account.depositUrl === null ? undefined : account
}

function receivedOf(transport: Transport): Received[] {
  if (transport.kind === 'broken') return transport.received ? [transport.received] : []
  if (transport.kind !== 'answered') return []
  const { status, body, bodyAndMore } = transport
  return [body, ...(bodyAndMore === undefined ? [] : [bodyAndMore])].map((text) => ({ status, body: text }))
}

function ofAnswer({ status, body }: Answer, reading: Reading): PartnerResult {
  const object = jsonObject(body)
  if (isSuccess(status)) return object ? ofSuccess(status, object, reading) : unknownAnswer(status, NO_OBJECT)
  return ofRefusal(status, object, reading)
}

const NO_OBJECT = { because: ' without a JSON object' }
const isSuccess = (status: number) => status >= 200 && status < 300

function ofSuccess(status: number, object: JsonObject, { isAllowed, codeOfSentence }: Reading): PartnerResult {
  if (object['success'] === false) return rejected(object, codeOfSentence)
  if (object['success'] !== true) return unknownAnswer(status, { because: ', neither success nor refusal' })
  return accepted(object, isAllowed)
}

function accepted(object: JsonObject, isAllowed: HostAllowed): Accepted {
  const answer = partnerAnswer(object)
  const depositUrl = depositLink(answer, isAllowed)
  return { kind: 'accepted', answer: withoutStrayLinks(answer, isAllowed), depositUrl }
}

/** With these the partner speaks of the visitor. Other 4xx speak of our own set-up, or say "not now". */
const REFUSALS: ReadonlySet<number> = new Set([400, 402, 403, 409, 410, 422, 451])
/** With these a sentence that only repeats the status's name comes from a framework or a firewall. */
const NAMES: Readonly<Record<number, RegExp>> = { 403: /forbidden/i, 409: /conflict/i }

function ofRefusal(status: number, object: JsonObject | undefined, { codeOfSentence }: Reading): PartnerResult {
  if (!object) return unknownAnswer(status, NO_OBJECT)
  const sentence = sentenceIn(object)
  if (status === 409 && sentence !== null && isAboutRequestInProgress(sentence)) {
    return unknownAnswer(status, { mayBeAtWork: true, because: ' about a request in progress' })
  }
  const saysNo = REFUSALS.has(status) && sentence !== null && !isStatusName(status, sentence)
  if (object['success'] === false || saysNo || codeOfSentence(sentence) !== 'PARTNER_REJECTED') {
    return rejected(object, codeOfSentence)
  }
  return unknownAnswer(status, { because: sentence === null ? ' without a sentence' : ', which speaks of no visitor' })
}

/** Such as "Forbidden", "403 Forbidden" or "Error: Forbidden." */
function isStatusName(status: number, sentence: string): boolean {
  const name = NAMES[status]
  if (!name?.test(sentence)) return false
  return /^(?:http|error|status|code|exception|\W|_)*$/i.test(sentence.replace(name, '').replace(`${status}`, ''))
}

function rejected(object: JsonObject, codeOfSentence: CodeOfSentence): PartnerResult {
  const message = sentenceIn(object)
  return { kind: 'rejected', code: codeOfSentence(message), message }
}

/**
 * Decides what is the same for every partner over HTTP, whatever it writes into its answers: undefined where the answer
 * itself has to be read.
 */
export function classifyTransport(transport: Transport): NotProcessed | Unknown | undefined {
  switch (transport.kind) {
    case 'unsent': {
      const { reason, retryAfterMs } = transport
      return { kind: 'not-processed', reason, reached: false, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
    }
    case 'broken':
      return { kind: 'unknown', reason: transport.reason, answeredCompletely: false }
    case 'oversized':
      return { kind: 'unknown', reason: 'oversized answer', answeredCompletely: false }
    case 'answered':
      return ofStatus(transport)
  }
}

/** What a gateway in front of the partner may say while the partner is still at work, besides every status from 502 on. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([408, 425, 460, 499])

function ofStatus({ status, retryAfter }: Answer): NotProcessed | Unknown | undefined {
  if (status === 429) {
    const retryAfterMs = parseRetryAfter(retryAfter)
    return {
      kind: 'not-processed',
      reason: 'HTTP 429',
      reached: true,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }
  }
  if (GATEWAY_STATUSES.has(status) || status >= 502) return unknownAnswer(status, { mayBeAtWork: true })
  if (status < 200 || status >= 500 || (status >= 300 && status < 400)) return unknownAnswer(status)
  return undefined
}

/** A complete answer that tells nothing of the account. @param options.mayBeAtWork whether the partner may still be */
function unknownAnswer(status: number, { mayBeAtWork = false, because = '' } = {}): Unknown {
  return { kind: 'unknown', reason: `HTTP ${status}${because}`, answeredCompletely: !mayBeAtWork, status }
}

/** Seconds, or an HTTP date. */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined
}
