import type { Json, RejectionCode, TrafficParams } from '@registration/shared'
import type { AttemptFailure, EventState, EventType } from '@registration/shared/operator'
import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { HistoryEvent } from '../registration/history-event.ts'
import type { PartnerAnswer } from '../registration/partner.ts'
import type { RegistrationStatus, StuckReason } from '../registration/registration.ts'

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
  partner_answer: ColumnType<PartnerAnswer | null, string | undefined, string | null>
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
  /** Only what {@link appendEvent} appends. */
  history: ColumnType<HistoryEvent[], never, HistoryEvent[]>
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

export interface Database {
  registrations: RegistrationsTable
  registration_erasures: RegistrationErasuresTable
  registration_events: RegistrationEventsTable
  registration_tombstone_key: RegistrationTombstoneKeyTable
}
