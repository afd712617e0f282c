import type { OperatorAction } from '@registration/shared/operator'
import type { PartnerReply } from './partner.ts'
import type { RegistrationStatus } from './registration.ts'

/** How a claimed call ended, as its own process saw it. */
export interface CallEnd {
  outcome: PartnerReply['kind']
  durationMs: number
  /** Where the partner was only asked whether there is an account. */
  lookedUp?: true
}

/** Which process did something, and on whose account. What a version before wrote has neither. */
export interface Doer {
  /** Such as `registration-0:7`. */
  replica?: string | undefined
  by?: 'request' | 'recovery' | undefined
}

/** One thing that happened to a registration, as it is kept with it. Names no visitor and holds no secret. */
export type HistoryEvent = {
  /** ISO 8601, by the database's clock. */
  at: string
} & (
  | ({ did: 'claim'; attempt: number; probe: boolean } & Doer)
  /** `outcome` and `durationMs` are null where the process that made the call didn't live to tell. */
  | {
      did: 'end'
      attempt: number
      outcome: CallEnd['outcome'] | null
      durationMs: number | null
      lookedUp?: true
      status: RegistrationStatus
    }
  | ({ did: 'conclude'; status: RegistrationStatus } & Doer)
  | {
      did: 'act'
      action: OperatorAction
      by: string
      reason: string
      status: RegistrationStatus
      /** Of a redrive: the apps that are told again. */
      endpoints?: string[]
    }
)
