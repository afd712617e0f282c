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
  { does: 'extra-fields', next: 'never', outcome: 'SUCCEEDED' },
  { does: 'no-link', next: 'never', outcome: 'LINK_UNAVAILABLE' },
  { does: 'rejected', next: 'never', outcome: 'PARTNER_REJECTED' },
  { does: 'success-false', next: 'never', outcome: 'PARTNER_REJECTED' },
]

export const PARTNER_ROWS: readonly PartnerRow[] = [...COMPLETE, ...INCOMPLETE, ...CERTAIN]
