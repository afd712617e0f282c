import type { OperatorAction } from '@registration/shared/operator'
import type { PartnerResult } from './partner.ts'
import type { Intent, Registration, RegistrationStatus } from './registration.ts'
import type { Closure, Settlement } from './settlement.ts'

/** One call to the partner: whoever claimed it made the registration's `attempts` reach `attempt`. */
export interface ClaimedCall {
  /** The registration's id. */
  id: string
  attempt: number
  /** How it ended, once it has. */
  ended?: CallEnd
}

/** The right to make one call. */
export interface Claim extends ClaimedCall {
  /** Whether an earlier call may have reached the partner, so that this one is a probe. */
  probing: boolean
  /** The registration as the claim left it. */
  registration: Registration
  /** Where the claim took over from a lease that had ended: when, by the database's clock, in milliseconds since 1970. */
  tookOverAt?: number
}

/**
 * What became of an intent: on file with its first claim, or the registration that stands in its way: one of the same
 * key, or one of the same e-mail that holds it or, for somebody with a proof, has its account.
 */
export type InsertResult =
  | { kind: 'inserted'; claim: Claim }
  | { kind: 'same-key'; registration: Registration }
  | { kind: 'same-email'; registration: Registration }

/**
 * Where registrations are kept. Every effect is committed when its promise resolves.
 *
 * Each method throws `DatabaseUnavailable` when the database can't be reached or doesn't answer in time. A write may
 * or may not have happened then; every write is safe to repeat.
 */
export interface RegistrationStore {
  /**
   * Writes the intent with its first claim, unless its key is known or its e-mail is held under another one. A
   * `released` registration of the same key and e-mail starts anew. Whoever asks again with the same intent, since the
   * answer was lost, is given the claim that was made.
   *
   * @param isProven whether the e-mail is shown to be the visitor's, who then has what the e-mail has: an account of it
   *   stands in the way too. `false` by default
   */
  insertIntent(intent: Intent, isProven?: boolean): Promise<InsertResult>
  /**
   * Takes the right to the next call: `attempts + 1` and a new lease, if no lease is running and nobody else has
   * claimed since it was seen. Undefined otherwise.
   *
   * @param claimId a UUID: whoever asks again with it, since the answer was lost, is given the claim that was made
   */
  claim(seen: Registration, claimId: string): Promise<Claim | undefined>
  /**
   * Writes how a claimed call ended, where the claim still is the newest; a success with a link overwrites anything
   * but a success. Returns what is on file afterwards, whoever wrote it.
   */
  settle(claim: Claim, settlement: Settlement): Promise<Registration>
  /** Ends a registration without a call, if it still is as it was seen. Returns what is on file afterwards. */
  closeRegistration(seen: Registration, closure: Closure): Promise<Registration>
  findByKey(idempotencyKeyHash: Buffer): Promise<Registration | undefined>
  /** The newest registration that holds this e-mail or has an account for it. */
  findLatestByEmail(email: string): Promise<Registration | undefined>
  /** @throws RegistrationGone when there is no registration with this id. */
  get(id: string): Promise<Registration>
  /** Whether another registration shows that the partner has had an account for this e-mail. */
  showsEarlierAccount(registration: Registration): Promise<boolean>
}

/** How a claimed call ended, as its own process saw it. */
export interface CallEnd {
  outcome: PartnerResult['kind']
  durationMs: number
  /** Where the partner was only asked whether there is an account. */
  lookedUp?: true
}

/** Which process did something, and on whose account. What a version before wrote has neither. */
export interface Actor {
  /** Such as `registration-0:7`. */
  replica?: string | undefined
  by?: 'request' | 'recovery' | undefined
}

/** One thing that happened to a registration, as it is kept with it. Names no visitor and holds no secret. */
export type HistoryEvent = {
  /** ISO 8601, by the database's clock. */
  at: string
} & (
  | ({ did: 'claim'; attempt: number; probe: boolean } & Actor)
  /** `outcome` and `durationMs` are null where the process that made the call didn't live to tell. */
  | {
      did: 'end'
      attempt: number
      outcome: CallEnd['outcome'] | null
      durationMs: number | null
      lookedUp?: true
      status: RegistrationStatus
    }
  | ({ did: 'conclude'; status: RegistrationStatus } & Actor)
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
