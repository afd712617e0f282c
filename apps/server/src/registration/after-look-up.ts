import type { LookUpReply, PartnerReply } from './partner.ts'
import type { Policy } from './policy.ts'

/**
 * Decides what a probe's look-up means: what the call's end is, or that the account is to be asked for now.
 *
 * No account is no proof that the earlier call came to nothing: what a gateway or a queue still holds may make one after
 * the look. Nor does an account that may be another's say anything of that call, unless there can be only one. So
 * without uniqueness nothing but our own account settles it; else one looks again, until `PROBE_FOR` is over and a
 * person is asked.
 */
export function afterLookUp(
  found: LookUpReply,
  { uniqueByEmail }: Pick<Policy, 'uniqueByEmail'>,
): PartnerReply | 'register' {
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
