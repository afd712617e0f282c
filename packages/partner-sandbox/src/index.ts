export type { Ledger, PartnerAccount, PartnerCall } from './ledger.ts'
export type { MisbehaviourOptions } from './misbehaviour-plan.ts'
export { MISBEHAVIOURS, type MisbehaviourName } from './misbehaviours.ts'
export type { PartnerAnswer } from './partner-answer.ts'
export { createPartnerSandbox, type PartnerSandbox, type PartnerSandboxOptions } from './partner-sandbox.ts'
export {
  type RunningPartnerSandbox,
  type StartPartnerSandboxOptions,
  startPartnerSandbox,
} from './start-partner-sandbox.ts'
