import type { LookUpReply, PartnerReply } from './partner.ts'
import type { Policy } from './policy.ts'

/**
 * Decides what a probe's look-up means: what the call's end is, or that the account is to be asked for now.
 *
 * No account is no proof that the earlier call came to nothing: what a gateway or a queue still holds may make one after
 * the look. So it is asked for anew only where that can't make a second one; elsewhere one looks again later, until
 * `PROBE_FOR` is over and a person is asked.
 */
export function afterLookUp(found: LookUpReply, policy: Pick<Policy, 'uniqueByEmail'>): PartnerReply | 'register' {
  switch (found.kind) {
    case 'present':
      // As a refused probe says it: ours or an earlier one, which our own rows tell.
      return { kind: 'rejected', code: 'ALREADY_REGISTERED', message: null }
    case 'absent':
      return policy.uniqueByEmail
        ? 'register'
        : { kind: 'unknown', reason: 'no account was found yet', answeredCompletely: true }
    case 'unknown':
      // However it ended, nothing is under way that could make an account.
      return { ...found, answeredCompletely: true }
    default:
      return found
  }
}
