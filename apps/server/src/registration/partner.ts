import type { RejectionCode, TrafficParams, UserData } from '@registration/shared'

/** The partner's fields of a success, as they came. */
export type PartnerAccount = Omit<UserData, 'email' | 'name' | 'visitorId'>

/** The input of one call to the partner. */
export interface PartnerCall {
  /** Sent as `Idempotency-Key`: ignored today, decisive if they honour it. */
  registrationId: string
  email: string
  visitorId: string
  clientIp: string | null
  trafficParams: TrafficParams
  /** Asked right before the first byte is written: whether the claim still allows it. Otherwise the call is given up unsent. */
  maySend(): boolean
}

/** The partner certainly did nothing: not one byte of the request was written, or it said 429. */
export interface NotProcessed {
  kind: 'not-processed'
  reason: string
  /** Whether the partner itself said so. */
  reached: boolean
  /** How long the partner asked to be left alone, or how long the circuit breaker stays open. */
  retryAfterMs?: number
}

/** The partner said no. */
export interface Rejected {
  kind: 'rejected'
  code: RejectionCode
  /** The partner's own sentence, or `null` where it gave none. */
  message: string | null
}

/** The partner has the account. */
export interface Accepted {
  kind: 'accepted'
  answer: PartnerAccount
  /** The link to send the visitor to; `null` where none was usable or allowed. */
  depositUrl: string | null
}

/** A call may have reached the partner and no usable answer came back. */
export interface Unknown {
  kind: 'unknown'
  reason: string
  /** Whether the partner finished answering, so that the call is certainly no longer under way. */
  answeredCompletely: boolean
  /** Of an answer that came whole. */
  status?: number
}

/** Without a rejection of the visitor these statuses are about the server's own set-up: its credentials, its permission, the partner's address. */
export const SET_UP_STATUSES = [401, 403, 404] as const

/** Whether an operator has to correct the set-up, since every call ends so. */
export function isSetUpError({ status }: Unknown): boolean {
  return SET_UP_STATUSES.some((one) => one === status)
}

/** The four ways a call ends. */
export type PartnerResult = NotProcessed | Rejected | Accepted | Unknown

/** What a lookup found, other than this registration's own account (`Accepted`) or a failure. */
export type Found =
  /** An account for this e-mail that may be another registration's. Its link is given to nobody. */
  | { kind: 'present' }
  /** No account at this moment. */
  | { kind: 'absent' }

/** How a lookup ends. */
export type LookUpResult = Found | Accepted | NotProcessed | Unknown

/** Whether the partner is asked: always, by one call at a time that finds out, or not at all. */
export type BreakerState = 'closed' | 'half-open' | 'open'

/** The partner, as registration sees it. */
export interface Partner {
  /** Asks for one account. Never throws, and ends within the partner's timeout. */
  register(call: PartnerCall): Promise<PartnerResult>
  /**
   * Asks whether there is an account, without asking for one: where a partner can be asked so, a probe begins with it.
   * Never throws, and ends within the partner's timeout.
   */
  lookUp?(call: PartnerCall): Promise<LookUpResult>
}
