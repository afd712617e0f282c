import type { Json, RejectionCode, TrafficParams } from '@registration/shared'
import type { AttemptFailure, EventState, EventType, OperatorAction } from '@registration/shared/operator'
import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { PartnerAccount } from '../registration/partner.ts'
import type { RegistrationStatus, StuckReason } from '../registration/registration.ts'
import type { Actor, CallEnd, HistoryEvent } from '../registration/registration-store.ts'

/** The table `registrations`, column by column as the migrations leave it. */
export interface RegistrationsTable {
  id: string
  status: RegistrationStatus
  email: string
  /** The e-mail's identity, by `foldEmail`. */
  email_folded: string
  idempotency_key_hash: Buffer
  name: string | null
  visitor_id: string
  traffic_params: JSONColumnType<TrafficParams>
  site_url: string | null
  source: string
  client_ip: string | null
  browser_data: ColumnType<{ [key: string]: Json } | null, string | null, null>
  attempts: number
  /** Whether a claim is on file that nobody has settled. */
  asking: boolean
  /** Until then no other call may be claimed. */
  lease_until: Date | null
  /** When somebody may act on it again; null when finished. */
  next_attempt_at: Date | null
  uncertain_since: Date | null
  stuck_reason: StuckReason | null
  partner_domain: string | null
  partner_login: string | null
  /** Without its password and autologin link. */
  partner_answer: ColumnType<PartnerAccount | null, string | undefined, string | null>
  /** Password and autologin link, encrypted. */
  partner_secrets: string | null
  deposit_url: string | null
  rejection_code: RejectionCode | null
  partner_message: string | null
  created_at: Generated<Date>
  updated_at: Date
  settled_at: Date | null
  /** When the person was removed; such a row takes no result any more. */
  erased_at: Generated<Date | null>
  /** The trace that it began in, as the W3C's header says it. */
  traceparent: string | null
  /** The process that wrote it, and made its first call. */
  begun_by: string | null
  /** When a link turned up for an account that had none; by the statement that made it `succeeded`. */
  link_recovered_at: Generated<Date | null>
  /** What a version before this one has written; no more is. */
  history: ColumnType<HistoryEvent[], never, never>
}

/** One call to the partner, and what became of it. It names no person. */
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
  /** How many of them were made before an operator sent it off anew. */
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
