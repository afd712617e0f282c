import type { MisbehaviourName } from '@registration/partner-sandbox'
import type { PartnerProcess } from './partner-process.ts'

/**
 * What goes wrong at a partner on a bad day: with and without an account, with and without a whole answer. A refusal is
 * no accident and isn't among them.
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

/** Lets this share of all calls misbehave, each accident as often as the others. */
export async function injectPartnerFaults(partner: PartnerProcess, share: number): Promise<void> {
  // The first that is drawn is taken, so each must be drawn a little more often than its part of the share.
  const each = 1 - (1 - share) ** (1 / FAULTS.length)
  for (const accident of FAULTS) await partner.misbehave('*', accident, { share: each })
}
