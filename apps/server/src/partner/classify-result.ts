import type { Accepted, NotProcessed, PartnerResult, Unknown } from '../registration/partner.ts'
import { depositLink, type HostAllowed, withoutForeignLinks } from './deposit-link.ts'
import type { Answer, HttpResult, Received } from './http-result.ts'
import { type JsonObject, jsonObject, jsonObjectWithin, partnerAnswer } from './partner-account.ts'
import { type CodeOfSentence, createCodeOfSentence, isAboutRequestInProgress, sentenceIn } from './rejection.ts'

/** The settings that decide how an answer is classified. */
export interface ClassifyOptions {
  isAllowed: HostAllowed
  codeOfSentence: CodeOfSentence
}

const BUILT_IN_WORDS = createCodeOfSentence()

/** Decides in which of four ways a call ended. It is unknown unless it is clearly one of the other three. */
export function classifyResult(
  http: HttpResult,
  { isAllowed, codeOfSentence = BUILT_IN_WORDS }: Pick<ClassifyOptions, 'isAllowed'> & Partial<ClassifyOptions>,
): PartnerResult {
  return (
    accountWithLink(http, isAllowed) ??
    classifyHttpResult(http) ??
    classifyAnswer(http as Answer, { isAllowed, codeOfSentence })
  )
}

/** Whether these bytes hold an account with its link, even if the HTTP response around them is broken. */
export function isAccountWithLink(received: Received, isAllowed: HostAllowed): boolean {
  return readAccountWithLink(received, isAllowed) !== undefined
}

/** A link that has arrived is used even if the answer was cut off, or is longer than `Content-Length` says. */
function accountWithLink(http: HttpResult, isAllowed: HostAllowed): Accepted | undefined {
  for (const received of receivedBodies(http)) {
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

function receivedBodies(http: HttpResult): Received[] {
  if (http.kind === 'broken') return http.received ? [http.received] : []
  if (http.kind !== 'answered') return []
  const { status, body, bodyAndMore } = http
  return [body, ...(bodyAndMore === undefined ? [] : [bodyAndMore])].map((text) => ({ status, body: text }))
}

function classifyAnswer({ status, body }: Answer, options: ClassifyOptions): PartnerResult {
  const object = jsonObject(body)
  if (isSuccess(status)) return object ? classifySuccess(status, object, options) : unknownAnswer(status, NO_OBJECT)
  return classifyClientError(status, object, options)
}

const NO_OBJECT = { because: ' without a JSON object' }
const isSuccess = (status: number) => status >= 200 && status < 300

function classifySuccess(
  status: number,
  object: JsonObject,
  { isAllowed, codeOfSentence }: ClassifyOptions,
): PartnerResult {
  if (object['success'] === false) return rejected(object, codeOfSentence)
  if (object['success'] !== true) return unknownAnswer(status, { because: ' with neither success nor rejection' })
  return accepted(object, isAllowed)
}

function accepted(object: JsonObject, isAllowed: HostAllowed): Accepted {
  const answer = partnerAnswer(object)
  const depositUrl = depositLink(answer, isAllowed)
  return { kind: 'accepted', answer: withoutForeignLinks(answer, isAllowed), depositUrl }
}

/**
 * The statuses by which a partner rejects a visitor. Any other 4xx is about our own set-up, or means "not now".
 *
 * The value is the name of a status that frameworks and firewalls also send: a sentence that only repeats it is not the partner's.
 */
const REJECTION_STATUSES: Readonly<Record<number, RegExp | null>> = {
  400: null,
  402: null,
  403: /forbidden/i,
  409: /conflict/i,
  410: null,
  422: null,
  451: null,
}

function classifyClientError(
  status: number,
  object: JsonObject | undefined,
  { codeOfSentence }: ClassifyOptions,
): PartnerResult {
  if (!object) return unknownAnswer(status, NO_OBJECT)
  const sentence = sentenceIn(object)
  if (status === 409 && sentence !== null && isAboutRequestInProgress(sentence)) {
    return unknownAnswer(status, { mayBeAtWork: true, because: ' about a request in progress' })
  }
  const isRejection = status in REJECTION_STATUSES && sentence !== null && !isStatusName(status, sentence)
  if (object['success'] === false || isRejection || codeOfSentence(sentence) !== 'PARTNER_REJECTED') {
    return rejected(object, codeOfSentence)
  }
  return unknownAnswer(status, { because: sentence === null ? ' without a sentence' : ', not about the visitor' })
}

/** Such as "Forbidden", "403 Forbidden" or "Error: Forbidden." */
function isStatusName(status: number, sentence: string): boolean {
  const name = REJECTION_STATUSES[status]
  if (!name?.test(sentence)) return false
  return /^(?:http|error|status|code|exception|\W|_)*$/i.test(sentence.replace(name, '').replace(`${status}`, ''))
}

function rejected(object: JsonObject, codeOfSentence: CodeOfSentence): PartnerResult {
  const message = sentenceIn(object)
  return { kind: 'rejected', code: codeOfSentence(message), message }
}

/**
 * Classifies what is the same for every partner over HTTP, whatever the format of its answers. Undefined if the body decides.
 */
export function classifyHttpResult(http: HttpResult): NotProcessed | Unknown | undefined {
  switch (http.kind) {
    case 'unsent': {
      const { reason, retryAfterMs } = http
      return { kind: 'not-processed', reason, reached: false, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
    }
    case 'broken':
      return { kind: 'unknown', reason: http.reason, answeredCompletely: false }
    case 'oversized':
      return { kind: 'unknown', reason: 'oversized answer', answeredCompletely: false }
    case 'answered':
      return classifyStatus(http)
  }
}

/** Statuses that a gateway may return while the partner is still working on the call, besides every status from 502 on. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([408, 425, 460, 499])

function classifyStatus({ status, retryAfter }: Answer): NotProcessed | Unknown | undefined {
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

/** A complete answer that says nothing about the account. @param options.mayBeAtWork whether the partner may still be working on the call */
function unknownAnswer(status: number, { mayBeAtWork = false, because = '' } = {}): Unknown {
  return { kind: 'unknown', reason: `HTTP ${status}${because}`, answeredCompletely: !mayBeAtWork, status }
}

/** Seconds, or an HTTP date. */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined
}
