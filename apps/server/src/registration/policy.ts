import type { Partner } from './partner.ts'

/** What an operator decides about the partner and about patience. Durations in milliseconds. */
export interface Policy {
  /** One call to the partner, from connect to last byte. */
  partnerTimeoutMs: number
  /** Whether a second call can't make a second account of the same e-mail, so that it may be used to probe. */
  uniqueByEmail: boolean
  /** How long an unknown outcome is probed before a person is asked. */
  probeForMs: number
  /** After it a caller gets `PENDING`. */
  requestDeadlineMs: number
}

/**
 * A lease lasts 2.25 timeouts by the database's clock, and a claimed call is sent only within the first 0.25 by the
 * process's own. The call then ends by 1.5 at the latest, and what a broken connection still carries has another 0.75
 * to arrive before the next call may start.
 */
export const leaseMs = (policy: Pick<Policy, 'partnerTimeoutMs'>) => 2.25 * policy.partnerTimeoutMs

/** How long after its claim a call may still be sent. */
export const sendWithinMs = (policy: Pick<Policy, 'partnerTimeoutMs'>) => 0.25 * policy.partnerTimeoutMs

/**
 * Whether an unknown outcome can be cleared up without a person: by looking for the account, or by a second call that
 * can't make a second one.
 */
export function mayProbe({ partner, policy }: { partner: Partner; policy: Pick<Policy, 'uniqueByEmail'> }): boolean {
  return policy.uniqueByEmail || partner.lookUp !== undefined
}
