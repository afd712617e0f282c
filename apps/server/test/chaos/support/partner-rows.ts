import type { MisbehaviourName, MisbehaviourOptions } from '@registration/partner-sandbox'

/** One thing that a partner's first call can come to, and what follows from it. */
export interface PartnerRow {
  does: MisbehaviourName
  options?: MisbehaviourOptions
  /** How the call ended, as an operator reads it in the log; undefined where it is an outcome. */
  reason?: RegExp
  /** When the next call may follow. */
  next: 'never' | 'at once' | 'after the lease' | 'after Retry-After'
  /** What the visitor is told in the end, and the row says. */
  outcome: 'SUCCEEDED' | 'LINK_UNAVAILABLE' | 'PARTNER_REJECTED'
}

const NO_JSON = /^HTTP 200 without a JSON object$/
const RESET = /ECONNRESET|UND_ERR_SOCKET|other side closed/
export const OUT_OF_TIME = /^the time for the call is over$/

/** The partner's answer tells that it has finished, so the next call may follow at once. */
const COMPLETE: PartnerRow[] = [
  { does: 'server-error-500', reason: /^HTTP 500$/, next: 'at once', outcome: 'SUCCEEDED' },
  { does: 'server-error-500-after-creating', reason: /^HTTP 500$/, next: 'at once', outcome: 'LINK_UNAVAILABLE' },
  { does: 'unauthenticated', reason: /^HTTP 401, which speaks of no visitor$/, next: 'at once', outcome: 'SUCCEEDED' },
  { does: 'forbidden', reason: /^HTTP 403, which speaks of no visitor$/, next: 'at once', outcome: 'SUCCEEDED' },
  { does: 'not-found', reason: /^HTTP 404, which speaks of no visitor$/, next: 'at once', outcome: 'SUCCEEDED' },
  { does: 'rejected-unreadably', reason: /^HTTP 400 without a sentence$/, next: 'at once', outcome: 'SUCCEEDED' },
  { does: 'redirect', reason: /^HTTP 302$/, next: 'at once', outcome: 'SUCCEEDED' },
  { does: 'html', reason: NO_JSON, next: 'at once', outcome: 'SUCCEEDED' },
  { does: 'html-after-creating', reason: NO_JSON, next: 'at once', outcome: 'LINK_UNAVAILABLE' },
  { does: 'truncated-json', reason: NO_JSON, next: 'at once', outcome: 'LINK_UNAVAILABLE' },
]

/** The partner may still be at work, so the next call waits until that is over. */
const INCOMPLETE: PartnerRow[] = [
  { does: 'hang', reason: OUT_OF_TIME, next: 'after the lease', outcome: 'SUCCEEDED' },
  { does: 'answer-lost', reason: OUT_OF_TIME, next: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { does: 'hang-in-body', reason: OUT_OF_TIME, next: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { does: 'drip', reason: OUT_OF_TIME, next: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { does: 'reset', reason: RESET, next: 'after the lease', outcome: 'SUCCEEDED' },
  { does: 'reset-after-creating', reason: RESET, next: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { does: 'reset-after-headers', reason: RESET, next: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { does: 'server-error-502', reason: /^HTTP 502$/, next: 'after the lease', outcome: 'SUCCEEDED' },
  {
    does: 'server-error-502-after-creating',
    reason: /^HTTP 502$/,
    next: 'after the lease',
    outcome: 'LINK_UNAVAILABLE',
  },
  { does: 'server-error-503', reason: /^HTTP 503$/, next: 'after the lease', outcome: 'SUCCEEDED' },
  {
    does: 'server-error-503-after-creating',
    reason: /^HTTP 503$/,
    next: 'after the lease',
    outcome: 'LINK_UNAVAILABLE',
  },
  { does: 'server-error-504', reason: /^HTTP 504$/, next: 'after the lease', outcome: 'SUCCEEDED' },
  {
    does: 'server-error-504-after-creating',
    reason: /^HTTP 504$/,
    next: 'after the lease',
    outcome: 'LINK_UNAVAILABLE',
  },
  { does: 'too-early', reason: /^HTTP 425$/, next: 'after the lease', outcome: 'SUCCEEDED' },
  {
    does: 'request-in-progress',
    reason: /^HTTP 409 about a request in progress$/,
    next: 'after the lease',
    outcome: 'SUCCEEDED',
  },
  { does: 'gateway-408', reason: /^HTTP 408$/, next: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { does: 'gateway-499', reason: /^HTTP 499$/, next: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { does: 'gateway-503', reason: /^HTTP 503$/, next: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { does: 'gateway-524', reason: /^HTTP 524$/, next: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { does: 'oversized-json', reason: /^oversized answer$/, next: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
  { does: 'gzip-bomb', reason: /^oversized answer$/, next: 'after the lease', outcome: 'LINK_UNAVAILABLE' },
]

/** The partner did nothing and says so, or gave an outcome. */
const CERTAIN: PartnerRow[] = [
  {
    does: 'too-many-requests',
    options: { retryAfterSeconds: 1 },
    reason: /^HTTP 429$/,
    next: 'after Retry-After',
    outcome: 'SUCCEEDED',
  },
  { does: 'missing-fields', next: 'never', outcome: 'SUCCEEDED' },
  { does: 'gzip', next: 'never', outcome: 'SUCCEEDED' },
  { does: 'whole-then-hang', next: 'never', outcome: 'SUCCEEDED' },
  { does: 'whole-then-reset', next: 'never', outcome: 'SUCCEEDED' },
  { does: 'continue-first', next: 'never', outcome: 'SUCCEEDED' },
  { does: 'long-link', next: 'never', outcome: 'SUCCEEDED' },
  { does: 'domain-with-path', next: 'never', outcome: 'SUCCEEDED' },
  { does: 'links-elsewhere', next: 'never', outcome: 'SUCCEEDED' },
  { does: 'rejected-in-a-list', next: 'never', outcome: 'PARTNER_REJECTED' },
  { does: 'rejected-by-field', next: 'never', outcome: 'PARTNER_REJECTED' },
  { does: 'rejected-as-a-problem', next: 'never', outcome: 'PARTNER_REJECTED' },
  { does: 'rejected-under-error', next: 'never', outcome: 'PARTNER_REJECTED' },
  { does: 'extra-fields', next: 'never', outcome: 'SUCCEEDED' },
  { does: 'no-link', next: 'never', outcome: 'LINK_UNAVAILABLE' },
  { does: 'rejected', next: 'never', outcome: 'PARTNER_REJECTED' },
  { does: 'success-false', next: 'never', outcome: 'PARTNER_REJECTED' },
]

export const PARTNER_ROWS: readonly PartnerRow[] = [...COMPLETE, ...INCOMPLETE, ...CERTAIN]
