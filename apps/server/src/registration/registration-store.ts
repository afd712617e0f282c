import type { OperatorAction } from '@registration/shared/operator'
import type { PartnerResult } from './partner.ts'
import type { Intent, Registration, RegistrationStatus } from './registration.ts'
import type { Closure, Settlement } from './settlement.ts'

/** One call to the partner. Its claim set the registration's `attempts` to `attempt`. */
export interface ClaimedCall {
  /** The registration's id. */
  id: string
  attempt: number
  /** How it ended, once it has. */
  ended?: CallEnd
}

/** The permission to make one call, committed. */
export interface Claim extends ClaimedCall {
  /** Whether an earlier call may have reached the partner, so that this one is a probe. */
  probing: boolean
  /** The registration as the claim left it. */
  registration: Registration
  /** Where the claim took over from a lease that had ended: when, by the database's clock, in milliseconds since 1970. */
  tookOverAt?: number
}

/**
 * The result of inserting an intent: inserted with its first claim, or the registration that prevents it. `same-email` is an
 * unfinished registration that holds the e-mail; for a caller with a proof also a finished one with an account.
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
   * Writes the intent with its first claim, unless its key is known or its e-mail is held under another one. A `released`
   * registration of the same key and e-mail starts over. Repeating it with the same intent, after the answer was lost,
   * returns the claim that was made.
   *
   * @param isProven whether the e-mail is proven to be the visitor's. Then an account of the e-mail prevents a new registration,
   *   too. `false` by default
   */
  insertIntent(intent: Intent, isProven?: boolean): Promise<InsertResult>
  /**
   * Claims the next call: `attempts + 1` and a new lease, if no lease is running and there was no other claim since it was
   * seen. Undefined otherwise.
   *
   * @param claimId a UUID. Repeating the claim with it, after the answer was lost, returns the claim that was made
   */
  claim(seen: Registration, claimId: string): Promise<Claim | undefined>
  /**
   * Writes how a claimed call ended, where the claim still is the newest; a success with a link overwrites anything
   * but a success. Returns the registration as it is saved afterwards, by this or another process.
   */
  settle(claim: Claim, settlement: Settlement): Promise<Registration>
  /** Closes a registration without a call, if it is unchanged since it was seen. Returns it as it is saved afterwards. */
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

/** Which process acted, and for a request or for recovery. Entries of version 0.1 have neither. */
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
