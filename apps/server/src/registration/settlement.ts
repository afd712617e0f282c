import type { RejectionCode } from '@registration/shared'
import type { LookUpResult, PartnerAccount, PartnerResult } from './partner.ts'
import type { Policy } from './policy.ts'
import type { Registration, StuckReason } from './registration.ts'
import { LONGEST_PAUSE_MS, type RetryPauses } from './retry-pauses.ts'

/** What is written of a call that ended. */
export type Settlement =
  | { to: 'succeeded'; answer: PartnerAccount; depositUrl: string }
  | { to: 'succeeded_without_link'; answer: PartnerAccount | null }
  | { to: 'rejected'; code: RejectionCode; message: string | null }
  /** The partner certainly has nothing, and the call may be tried again: the claim is over. */
  | { to: 'retry'; nextAttemptInMs: number }
  /** The claim is over if the partner answered completely; otherwise its lease continues. */
  | { to: 'uncertain'; nextAttemptInMs: number; leaseIsOver: boolean }
  | { to: 'stuck'; reason: StuckReason; message?: string | null }

/** How a registration is closed without a call. */
export type Closure = { to: 'released' } | { to: 'stuck'; reason: StuckReason }

/** What the decision needs to know about the call, besides its result. */
export interface CallFacts {
  /** Whether an earlier call may have reached the partner. */
  probing: boolean
  /** How many calls were claimed, this one included. */
  attempt: number
  /** Whether another registration of ours shows an earlier account; matters only when a probe is rejected. */
  earlierAccount: boolean
  /** Whether an unknown outcome can be resolved without an operator. */
  mayProbe: boolean
}

/** Decides what the result of a call means for the registration. */
export function settlementOf(result: PartnerResult, facts: CallFacts, pauses: RetryPauses): Settlement {
  switch (result.kind) {
    case 'accepted':
      return result.depositUrl === null
        ? { to: 'succeeded_without_link', answer: result.answer }
        : { to: 'succeeded', answer: result.answer, depositUrl: result.depositUrl }
    case 'rejected':
      return facts.probing
        ? afterRejectedProbe(result, facts)
        : { to: 'rejected', code: result.code, message: result.message }
    case 'not-processed': {
      // A longer pause that the partner asks for is kept by the gate, for all registrations.
      const askedMs = Math.min(result.retryAfterMs ?? 0, LONGEST_PAUSE_MS)
      const nextAttemptInMs = Math.max(pauses.next(facts.attempt), askedMs)
      // An earlier call with an unknown result may still have created the account.
      return facts.probing ? { to: 'uncertain', nextAttemptInMs, leaseIsOver: true } : { to: 'retry', nextAttemptInMs }
    }
    case 'unknown':
      return facts.mayProbe
        ? { to: 'uncertain', nextAttemptInMs: pauses.next(facts.attempt), leaseIsOver: result.answeredCompletely }
        : { to: 'stuck', reason: 'NOT_UNIQUE_BY_EMAIL' }
  }
}

/** The rejection of a probe may be about the earlier call, whose answer never arrived. */
function afterRejectedProbe(result: { code: RejectionCode; message: string | null }, facts: CallFacts): Settlement {
  switch (result.code) {
    case 'ALREADY_REGISTERED':
      return facts.earlierAccount
        ? { to: 'rejected', code: result.code, message: result.message }
        : { to: 'succeeded_without_link', answer: null }
    case 'MULTIPLE_ACCOUNTS':
      return { to: 'stuck', reason: 'MULTIPLE_ACCOUNTS_AFTER_UNKNOWN', message: result.message }
    case 'PARTNER_REJECTED':
      // These may be this partner's words for an account that exists.
      return { to: 'stuck', reason: 'REJECTED_AFTER_UNKNOWN', message: result.message }
  }
}

/**
 * Decides what the lookup of a probe means: a result, or that the account has to be registered now.
 *
 * If e-mails are not unique at the partner, only this registration's own account settles it. A missing account does not prove that
 * the earlier call failed, since a gateway or a queue may still deliver that call. An account with this e-mail may belong to
 * another registration. Then the lookup is repeated until `PROBE_FOR` is over.
 */
export function afterLookUp(
  found: LookUpResult,
  { uniqueByEmail }: Pick<Policy, 'uniqueByEmail'>,
): PartnerResult | 'register' {
  switch (found.kind) {
    case 'present':
      // The same as a rejected probe: whether the account is ours or an earlier one is decided by our own rows.
      return uniqueByEmail
        ? { kind: 'rejected', code: 'ALREADY_REGISTERED', message: null }
        : {
            kind: 'unknown',
            reason: 'an account exists, but may belong to another registration',
            answeredCompletely: true,
          }
    case 'absent':
      return uniqueByEmail ? 'register' : { kind: 'unknown', reason: 'no account exists yet', answeredCompletely: true }
    case 'unknown':
      // A lookup cannot create an account, so the next call need not wait for the lease.
      return { ...found, answeredCompletely: true }
    default:
      return found
  }
}

/** The registration as the settlement will save it, for a visitor who can't wait for the database. */
export function applySettlement(registration: Registration, settlement: Settlement): Registration {
  const settled: Registration = { ...registration, asking: false, nextAttemptInMs: 0 }
  switch (settlement.to) {
    case 'succeeded':
      return { ...settled, status: 'succeeded', partnerAccount: settlement.answer, depositUrl: settlement.depositUrl }
    case 'succeeded_without_link':
      return { ...settled, status: 'succeeded_without_link', partnerAccount: settlement.answer }
    case 'rejected':
      return { ...settled, status: 'rejected', rejection: { code: settlement.code, message: settlement.message } }
    case 'retry':
      return { ...settled, nextAttemptInMs: settlement.nextAttemptInMs }
    case 'uncertain': {
      // Until now the due time was the end of the lease.
      const leaseMs = settlement.leaseIsOver ? 0 : registration.nextAttemptInMs
      return { ...settled, status: 'uncertain', nextAttemptInMs: Math.max(settlement.nextAttemptInMs, leaseMs) }
    }
    case 'stuck':
      return { ...settled, status: 'stuck', stuckReason: settlement.reason }
  }
}
