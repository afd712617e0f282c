import type { RejectionCode } from '@registration/shared'
import type { PartnerAnswer, PartnerReply } from './partner.ts'
import type { StuckReason } from './registration.ts'
import { LONGEST_PAUSE_MS, type RetryPauses } from './retry-pauses.ts'

/** What is written of a call that ended. */
export type Settlement =
  | { to: 'succeeded'; answer: PartnerAnswer; depositUrl: string }
  | { to: 'succeeded_without_link'; answer: PartnerAnswer | null }
  | { to: 'rejected'; code: RejectionCode; message: string | null }
  /** Certainly not asked, and to be tried again: the claim is over. */
  | { to: 'unasked'; nextAttemptInMs: number }
  /** The claim is over where the partner answered completely; else its lease runs on. */
  | { to: 'uncertain'; nextAttemptInMs: number; leaseIsOver: boolean }
  | { to: 'stuck'; reason: StuckReason }

/** What is written where nothing is left to ask. */
export type Conclusion = { to: 'released' } | { to: 'stuck'; reason: StuckReason }

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
export function settlementOf(reply: PartnerReply, facts: CallFacts, pauses: RetryPauses): Settlement {
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
