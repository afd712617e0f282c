import type { RegistrationPorts } from './ports.ts'

/**
 * Whether an unknown outcome can be cleared up without a person: by looking for the account, or by a second call that
 * can't make a second one.
 */
export function mayProbe({ partner, policy }: Pick<RegistrationPorts, 'partner' | 'policy'>): boolean {
  return policy.uniqueByEmail || partner.lookUp !== undefined
}
