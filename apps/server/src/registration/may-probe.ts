import type { Partner } from './partner.ts'
import type { Policy } from './policy.ts'

/**
 * Whether an unknown outcome can be cleared up without a person: by looking for the account, or by a second call that
 * can't make a second one.
 */
export function mayProbe({ partner, policy }: { partner: Partner; policy: Pick<Policy, 'uniqueByEmail'> }): boolean {
  return policy.uniqueByEmail || partner.lookUp !== undefined
}
