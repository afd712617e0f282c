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
  /** Certainly not asked, and to be tried again: the claim is over. */
  | { to: 'unasked'; nextAttemptInMs: number }
  /** The claim is over where the partner answered completely; else its lease runs on. */
  | { to: 'uncertain'; nextAttemptInMs: number; leaseIsOver: boolean }
  | { to: 'stuck'; reason: StuckReason }

/** What is written where nothing is left to ask. */
export type Closure = { to: 'released' } | { to: 'stuck'; reason: StuckReason }

/** What the decision needs to know of the call besides the reply. */
export interface CallFacts {
  /** Whether an earlier call may have reached the partner. */
  probing: boolean
  /** How many calls were claimed, this one included. */
  attempt: number
  /** Whether another registration of ours shows an earlier account; matters only when a probe is refused. */
  earlierAccount: boolean
  /** Whether the unknown can be cleared up without a person. */
  mayProbe: boolean
}

/** Decides what a reply means for the registration. */
export function settlementOf(reply: PartnerResult, facts: CallFacts, pauses: RetryPauses): Settlement {
  switch (reply.kind) {
    case 'accepted':
      return reply.depositUrl === null
        ? { to: 'succeeded_without_link', answer: reply.answer }
        : { to: 'succeeded', answer: reply.answer, depositUrl: reply.depositUrl }
    case 'rejected':
      return facts.probing
        ? afterRefusedProbe(reply, facts)
        : { to: 'rejected', code: reply.code, message: reply.message }
    case 'not-processed': {
      // What the partner asks for beyond that, the gate sees to, for all.
      const askedMs = Math.min(reply.retryAfterMs ?? 0, LONGEST_PAUSE_MS)
      const nextAttemptInMs = Math.max(pauses.next(facts.attempt), askedMs)
      // After an unknown call it changes nothing: that one may still have made the account.
      return facts.probing
        ? { to: 'uncertain', nextAttemptInMs, leaseIsOver: true }
        : { to: 'unasked', nextAttemptInMs }
    }
    case 'unknown':
      return facts.mayProbe
        ? { to: 'uncertain', nextAttemptInMs: pauses.next(facts.attempt), leaseIsOver: reply.answeredCompletely }
        : { to: 'stuck', reason: 'NOT_UNIQUE_BY_EMAIL' }
  }
}

/** A refused probe speaks of two calls: this one, and the earlier one whose answer never came. */
function afterRefusedProbe(reply: { code: RejectionCode; message: string | null }, facts: CallFacts): Settlement {
  switch (reply.code) {
    case 'ALREADY_REGISTERED':
      return facts.earlierAccount
        ? { to: 'rejected', code: reply.code, message: reply.message }
        : { to: 'succeeded_without_link', answer: null }
    case 'MULTIPLE_ACCOUNTS':
      return { to: 'stuck', reason: 'MULTIPLE_ACCOUNTS_AFTER_UNKNOWN' }
    case 'PARTNER_REJECTED':
      return { to: 'rejected', code: reply.code, message: reply.message }
  }
}

/**
 * Decides what a probe's look-up means: what the call's end is, or that the account is to be asked for now.
 *
 * No account is no proof that the earlier call came to nothing: what a gateway or a queue still holds may make one after
 * the look. Nor does an account that may be another's say anything of that call, unless there can be only one. So
 * without uniqueness nothing but our own account settles it; else one looks again, until `PROBE_FOR` is over and a
 * person is asked.
 */
export function afterLookUp(
  found: LookUpResult,
  { uniqueByEmail }: Pick<Policy, 'uniqueByEmail'>,
): PartnerResult | 'register' {
  switch (found.kind) {
    case 'present':
      // As a refused probe says it: ours or an earlier one, which our own rows tell.
      return uniqueByEmail
        ? { kind: 'rejected', code: 'ALREADY_REGISTERED', message: null }
        : { kind: 'unknown', reason: 'an account was found, and not whose', answeredCompletely: true }
    case 'absent':
      return uniqueByEmail
        ? 'register'
        : { kind: 'unknown', reason: 'no account was found yet', answeredCompletely: true }
    case 'unknown':
      // However it ended, nothing is under way that could make an account.
      return { ...found, answeredCompletely: true }
    default:
      return found
  }
}

/** What will be on file once the settlement is: the visitor needn't wait for the database to be back. */
export function applySettlement(registration: Registration, settlement: Settlement): Registration {
  const settled: Registration = { ...registration, asking: false, nextAttemptInMs: 0 }
  switch (settlement.to) {
    case 'succeeded':
      return { ...settled, status: 'succeeded', partnerAccount: settlement.answer, depositUrl: settlement.depositUrl }
    case 'succeeded_without_link':
      return { ...settled, status: 'succeeded_without_link', partnerAccount: settlement.answer }
    case 'rejected':
      return { ...settled, status: 'rejected', rejection: { code: settlement.code, message: settlement.message } }
    case 'unasked':
      return { ...settled, nextAttemptInMs: settlement.nextAttemptInMs }
    case 'uncertain': {
      // The lease of a call that may be under way was the due time until now.
      const leaseMs = settlement.leaseIsOver ? 0 : registration.nextAttemptInMs
      return { ...settled, status: 'uncertain', nextAttemptInMs: Math.max(settlement.nextAttemptInMs, leaseMs) }
    }
    case 'stuck':
      return { ...settled, status: 'stuck', stuckReason: settlement.reason }
  }
}
