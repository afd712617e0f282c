import type { MisbehaviourName, MisbehaviourOptions } from '@registration/partner-sandbox'

/** A misbehaviour of the partner in the first call, and what must follow. */
export interface PartnerAnswerCase {
  misbehaviour: MisbehaviourName
  options?: MisbehaviourOptions
  /** The reason in the log why the outcome is unknown; undefined if the call gave an outcome. */
  reason?: RegExp
  /** Whether the answer is about the server's own set-up and not about the visitor, which is logged as an error. */
  isSetUpError?: boolean
  /** When the next call may follow. */
  nextCall: 'never' | 'at once' | 'after the lease' | 'after Retry-After'
  /** The final outcome, in the response and in the row. */
  outcome: 'SUCCEEDED' | 'LINK_UNAVAILABLE' | 'PARTNER_REJECTED'
}

const NO_JSON = /^HTTP 200 without a JSON object$/
const RESET = /ECONNRESET|UND_ERR_SOCKET|other side closed/
export const OUT_OF_TIME = /^the time for the call is over$/

/** The answer shows that the partner has finished, so the next call may follow at once. */
const COMPLETE: PartnerAnswerCase[] = [
  { misbehaviour: 'server-error-500', reason: /^HTTP 500$/, nextCall: 'at once', outcome: 'SUCCEEDED' },
  {
    misbehaviour: 'server-error-500-after-creating',
    reason: /^HTTP 500$/,
    nextCall: 'at once',
    outcome: 'LINK_UNAVAILABLE',
  },
  {
    misbehaviour: 'unauthenticated',
    reason: /^HTTP 401, not about the visitor$/,
    isSetUpError: true,
    nextCall: 'at once',
    outcome: 'SUCCEEDED',
  },
  {
    misbehaviour: 'forbidden',
    reason: /^HTTP 403, not about the visitor$/,
    isSetUpError: true,
    nextCall: 'at once',
    outcome: 'SUCCEEDED',
  },
  {
    misbehaviour: 'not-found',
    reason: /^HTTP 404, not about the visitor$/,
    isSetUpError: true,
    nextCall: 'at once',
    outcome: 'SUCCEEDED',
  },
  {
    misbehaviour: 'rejected-unreadably',
    reason: /^HTTP 400 without a sentence$/,
    nextCall: 'at once',
    outcome: 'SUCCEEDED',
  },
  { misbehaviour: 'redirect', reason: /^HTTP 302$/, nextCall: 'at once', outcome: 'SUCCEEDED' },
  { misbehaviour: 'html', reason: NO_JSON, nextCall: 'at once', outcome: 'SUCCEEDED' },
  { misbehaviour: 'html-after-creating', reason: NO_JSON, nextCall: 'at once', outcome: 'LINK_UNAVAILABLE' },
  { misbehaviour: 'truncated-json', reason: NO_JSON, nextCall: 'at once', outcome: 'LINK_UNAVAILABLE' },
]

/** The partner may still be working, so the next call waits for the end of the lease. */
const INCOMPLETE: PartnerAnswerCase[] = [
  { misbehaviour: 'hang', reason: OUT_OF_TIME, nextCall: 'after the lease', outcome: 'SUCCEEDED' },
  { misbehaviour: 'answer-lost', reason: OUT_OF_TIME, nextCall: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { misbehaviour: 'hang-in-body', reason: OUT_OF_TIME, nextCall: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { misbehaviour: 'drip', reason: OUT_OF_TIME, nextCall: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { misbehaviour: 'reset', reason: RESET, nextCall: 'after the lease', outcome: 'SUCCEEDED' },
  { misbehaviour: 'reset-after-creating', reason: RESET, nextCall: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { misbehaviour: 'reset-after-headers', reason: RESET, nextCall: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { misbehaviour: 'server-error-502', reason: /^HTTP 502$/, nextCall: 'after the lease', outcome: 'SUCCEEDED' },
  {
    misbehaviour: 'server-error-502-after-creating',
    reason: /^HTTP 502$/,
    nextCall: 'after the lease',
    outcome: 'LINK_UNAVAILABLE',
  },
  { misbehaviour: 'server-error-503', reason: /^HTTP 503$/, nextCall: 'after the lease', outcome: 'SUCCEEDED' },
  {
    misbehaviour: 'server-error-503-after-creating',
    reason: /^HTTP 503$/,
    nextCall: 'after the lease',
    outcome: 'LINK_UNAVAILABLE',
  },
  { misbehaviour: 'server-error-504', reason: /^HTTP 504$/, nextCall: 'after the lease', outcome: 'SUCCEEDED' },
  {
    misbehaviour: 'server-error-504-after-creating',
    reason: /^HTTP 504$/,
    nextCall: 'after the lease',
    outcome: 'LINK_UNAVAILABLE',
  },
  { misbehaviour: 'too-early', reason: /^HTTP 425$/, nextCall: 'after the lease', outcome: 'SUCCEEDED' },
  {
    misbehaviour: 'request-in-progress',
    reason: /^HTTP 409 about a request in progress$/,
    nextCall: 'after the lease',
    outcome: 'SUCCEEDED',
  },
  { misbehaviour: 'gateway-408', reason: /^HTTP 408$/, nextCall: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { misbehaviour: 'gateway-499', reason: /^HTTP 499$/, nextCall: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { misbehaviour: 'gateway-503', reason: /^HTTP 503$/, nextCall: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { misbehaviour: 'gateway-524', reason: /^HTTP 524$/, nextCall: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  {
    misbehaviour: 'oversized-json',
    reason: /^oversized answer$/,
    nextCall: 'after the lease',
    outcome: 'LINK_UNAVAILABLE',
  },
  { misbehaviour: 'gzip-bomb', reason: /^oversized answer$/, nextCall: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
]

/** The partner did nothing and says so, or gave an outcome. */
const CERTAIN: PartnerAnswerCase[] = [
  {
    misbehaviour: 'too-many-requests',
    options: { retryAfterSeconds: 1 },
    reason: /^HTTP 429$/,
    nextCall: 'after Retry-After',
    outcome: 'SUCCEEDED',
  },
  { misbehaviour: 'missing-fields', nextCall: 'never', outcome: 'SUCCEEDED' },
  { misbehaviour: 'gzip', nextCall: 'never', outcome: 'SUCCEEDED' },
  { misbehaviour: 'whole-then-hang', nextCall: 'never', outcome: 'SUCCEEDED' },
  { misbehaviour: 'whole-then-reset', nextCall: 'never', outcome: 'SUCCEEDED' },
  { misbehaviour: 'continue-first', nextCall: 'never', outcome: 'SUCCEEDED' },
  { misbehaviour: 'long-link', nextCall: 'never', outcome: 'SUCCEEDED' },
  { misbehaviour: 'domain-with-path', nextCall: 'never', outcome: 'SUCCEEDED' },
  { misbehaviour: 'links-elsewhere', nextCall: 'never', outcome: 'SUCCEEDED' },
  { misbehaviour: 'rejected-in-a-list', nextCall: 'never', outcome: 'PARTNER_REJECTED' },
  { misbehaviour: 'rejected-by-field', nextCall: 'never', outcome: 'PARTNER_REJECTED' },
  { misbehaviour: 'rejected-as-a-problem', nextCall: 'never', outcome: 'PARTNER_REJECTED' },
  { misbehaviour: 'rejected-under-error', nextCall: 'never', outcome: 'PARTNER_REJECTED' },
  { misbehaviour: 'extra-fields', nextCall: 'never', outcome: 'SUCCEEDED' },
  { misbehaviour: 'no-link', nextCall: 'never', outcome: 'LINK_UNAVAILABLE' },
  { misbehaviour: 'rejected', nextCall: 'never', outcome: 'PARTNER_REJECTED' },
  { misbehaviour: 'success-false', nextCall: 'never', outcome: 'PARTNER_REJECTED' },
]

export const PARTNER_ANSWER_CASES: readonly PartnerAnswerCase[] = [...COMPLETE, ...INCOMPLETE, ...CERTAIN]
