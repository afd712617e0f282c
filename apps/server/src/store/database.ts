import type { AttemptFailure, EventState, EventType, OperatorAction } from '@registration/shared/operator'
import type { ColumnType, Generated } from 'kysely'
import type { RegistrationStatus } from '../registration/registration.ts'
import type { Actor, CallEnd } from '../registration/registration-store.ts'
import type { RegistrationsTable } from './registration-fields.ts'

/** One call to the partner and its outcome. Not personal. */
export interface RegistrationCallsTable {
  registration_id: string
  attempt: number
  /** Null of the first one, whose claim is the registration's row. */
  claimed_at: Date | null
  /** Made by the process that claimed it, which finds its claim by it where the answer to the commit was lost. */
  claim_id: string | null
  probe: boolean | null
  replica: string | null
  made_by: Actor['by'] | null
  /** Null while it is under way, and where nobody lived to tell. */
  ended_at: Date | null
  outcome: CallEnd['outcome'] | null
  duration_ms: number | null
  looked_up: boolean | null
  /** What the registration was by its end. */
  status: RegistrationStatus | null
  /** When the registration was closed without another call after it, as what, and by whom. */
  closed_at: Date | null
  closed_status: RegistrationStatus | null
  closed_replica: string | null
  closed_by: Actor['by'] | null
}

/** What operators did. It only ever grows, outlives the registrations, and names no visitor. */
export interface RegistrationActsTable {
  id: Generated<string>
  registration_id: string
  acted_at: Generated<Date>
  action: OperatorAction
  operator: string
  reason: string
  /** What the registration was by it. */
  status: RegistrationStatus | null
  /** Of a redrive: the apps that are told again. */
  endpoints: ColumnType<string[] | null, string | undefined, never>
}

/** Who was erased, when and why, without who it was. */
export interface RegistrationErasuresTable {
  id: string
  /** The e-mail's keyed hash. */
  tombstone: string
  reason: string
  requested_by: string
  registrations: number
  erased_at: Generated<Date>
}

/** One row. */
export interface RegistrationTombstoneKeyTable {
  singleton: Generated<boolean>
  sealed: string
}

/** What goes out to one endpoint. It names no person. */
export interface RegistrationEventsTable {
  id: string
  endpoint: string
  registration_id: string
  type: EventType
  code: string | null
  occurred_at: Generated<Date>
  state: Generated<EventState>
  /** Only ever grows: an attempt's number tells whose it was. */
  attempts: Generated<number>
  /** How many of them were made before an operator's last redrive. */
  attempts_before: Generated<number>
  failures: ColumnType<AttemptFailure[], never, AttemptFailure[]>
  /** While it waits: when somebody may try; during an attempt, when another may. */
  next_attempt_at: Generated<Date | null>
  /** HTTP's, of the last attempt that was answered. */
  last_status: number | null
  last_error: string | null
  finished_at: Date | null
}

/** Which encryption keys were used here. */
export interface RegistrationEncryptionKeysTable {
  id: string
  check_value: string
  first_seen_at: Generated<Date>
}

export interface Database {
  registrations: RegistrationsTable
  registration_acts: RegistrationActsTable
  registration_calls: RegistrationCallsTable
  registration_encryption_keys: RegistrationEncryptionKeysTable
  registration_erasures: RegistrationErasuresTable
  registration_events: RegistrationEventsTable
  registration_tombstone_key: RegistrationTombstoneKeyTable
}
