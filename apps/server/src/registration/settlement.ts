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
  | { to: 'stuck'; reason: StuckReason; message?: string | null }

/** How a registration is closed without a call. */
export type Closure = { to: 'released' } | { to: 'stuck'; reason: StuckReason }

/** What the decision needs to know of the call besides the reply. */
export interface CallFacts {
  /** Whether an earlier call may have reached the partner. */
  probing: boolean
  /** How many calls were claimed, this one included. */
  attempt: number
  /** Whether another registration of ours shows an earlier account; matters only when a probe is refused. */
  earlierAccount: boolean
  /** Whether an unknown outcome can be resolved without an operator. */
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
      return { to: 'stuck', reason: 'MULTIPLE_ACCOUNTS_AFTER_UNKNOWN', message: reply.message }
    case 'PARTNER_REJECTED':
      // It may be how this partner says that the account is there.
      return { to: 'stuck', reason: 'REJECTED_AFTER_UNKNOWN', message: reply.message }
  }
}

/**
 * Decides what the lookup of a probe means: a result, or that the account has to be registered now.
 *
 * A missing account doesn't prove that the earlier call failed: a gateway or a queue may still deliver that call. An account
 * that may belong to another registration says nothing about the earlier call either, unless e-mails are unique. So without
 * uniqueness only this registration's own account settles it. Otherwise the lookup is repeated until `PROBE_FOR` is over.
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

/** The registration as it will be saved by the settlement, for a visitor who can't wait for the database. */
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
