import type { MisbehaviourName } from '@registration/partner-sandbox'
import type { PartnerProcess } from './partner-process.ts'

/**
 * Faults of a partner: with and without an account, with and without a complete answer. A rejection is
 * not a fault.
 */
const FAULTS = [
  'server-error-500',
  'server-error-500-after-creating',
  'server-error-502-after-creating',
  'server-error-503',
  'html-after-creating',
  'truncated-json',
  'hang',
  'answer-lost',
  'reset',
  'reset-after-creating',
  'reset-after-headers',
  'too-many-requests',
] as const satisfies MisbehaviourName[]

/** Makes this share of all calls misbehave, with every fault equally likely. */
export async function injectPartnerFaults(partner: PartnerProcess, share: number): Promise<void> {
  // The sandbox tries one fault after the other, so each needs a little more than its part of the share.
  const each = 1 - (1 - share) ** (1 / FAULTS.length)
  for (const fault of FAULTS) await partner.misbehave('*', fault, { share: each })
}
