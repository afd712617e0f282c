import type { Partner } from './partner.ts'

/** Settings about the partner and about time-outs. Durations in milliseconds. */
export interface Policy {
  /** One call to the partner, from connect to last byte. */
  partnerTimeoutMs: number
  /** Whether a second call can't make a second account for the same e-mail, so it may be used as a probe. */
  uniqueByEmail: boolean
  /** How long an unknown outcome is probed before an operator has to decide. */
  probeForMs: number
  /** After it a caller gets `PENDING`. */
  requestDeadlineMs: number
}

/**
 * A lease lasts 2.25 partner time-outs by the database's clock. A claimed call is sent only within the first 0.25 by the
 * process's own clock, so it ends by 1.5 at the latest. That leaves another 0.75 for data on a broken connection to arrive before the
 * next call may start.
 */
export const leaseMs = (policy: Pick<Policy, 'partnerTimeoutMs'>) => 2.25 * policy.partnerTimeoutMs

/** How long after its claim a call may still be sent. */
export const sendWithinMs = (policy: Pick<Policy, 'partnerTimeoutMs'>) => 0.25 * policy.partnerTimeoutMs

/**
 * Whether an unknown outcome can be resolved without an operator: by a lookup of the account, or by a second call that can't
 * make a second account.
 */
export function mayProbe({ partner, policy }: { partner: Partner; policy: Pick<Policy, 'uniqueByEmail'> }): boolean {
  return policy.uniqueByEmail || partner.lookUp !== undefined
}
