import type { Json, RejectionCode, TrafficParams } from '@registration/shared'
import {
  type ColumnType,
  type Generated,
  type JSONColumnType,
  type RawBuilder,
  type Selectable,
  sql,
  type Updateable,
} from 'kysely'
import type { PartnerAccount } from '../registration/partner.ts'
import type { Intent, RegistrationStatus, StuckReason } from '../registration/registration.ts'
import type { HistoryEvent } from '../registration/registration-store.ts'

/** The columns of `registrations` as Kysely sees them. */
export interface RegistrationsTable {
  id: string
  status: RegistrationStatus
  email: string
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
  asking: boolean
  lease_until: Date | null
  next_attempt_at: Date | null
  uncertain_since: Date | null
  stuck_reason: StuckReason | null
  partner_domain: string | null
  partner_login: string | null
  partner_answer: ColumnType<PartnerAccount | null, string | undefined, string | null>
  partner_secrets: string | null
  deposit_url: string | null
  rejection_code: RejectionCode | null
  partner_message: string | null
  created_at: Generated<Date>
  updated_at: Date
  settled_at: Date | null
  erased_at: Generated<Date | null>
  traceparent: string | null
  begun_by: string | null
  link_recovered_at: Generated<Date | null>
  history: ColumnType<HistoryEvent[], never, never>
}

/** Everything that other files need to know of one column. What is forgotten here does not compile, or fails a test. */
interface Field<Column extends keyof RegistrationsTable> {
  /** The type in PostgreSQL. A test compares it with the migrated database. */
  type: 'uuid' | 'text' | 'jsonb' | 'bytea' | 'inet' | 'integer' | 'boolean' | 'timestamptz'
  /** The property of the intent that the column is inserted from. The server writes the other columns itself. */
  intent?: keyof Intent
  /** Whether it is read each time a registration is read. */
  snapshot?: true
  /** What erasing the person does to it; `says` is for `docs/data.md`. */
  erasure:
    | 'kept'
    | 'cleared'
    | {
        to: Updateable<RegistrationsTable>[Column & keyof Updateable<RegistrationsTable>] | RawBuilder<unknown>
        says: string
      }
  /**
   * Who sees it besides the person, who gets all of it by an export. `details`: operators, in the details, under its name in camel
   * case. `operators`: in another form. `admins`: on revealing what opens the account.
   */
  shownTo: 'details' | 'operators' | 'admins' | 'nobody'
  /** Its sentence in `docs/data.md`. */
  purpose: string
}

const UNFINISHED_TO_RELEASED = sql<RegistrationStatus>`case when status in ('pending', 'uncertain', 'stuck') then 'released' else status end`
/** Unique, as the id is, and no hash of any key. */
const ID_AS_BYTES = sql<Buffer>`decode(replace(id::text, '-', ''), 'hex')`

/**
 * The one table of fields: the insert statement, snapshots, erasure, the operators' view and `docs/data.md` are derived from
 * it or held to it. CONTRIBUTING.md says how to add a field.
 */
export const REGISTRATION_FIELDS = {
  id: {
    type: 'uuid',
    intent: 'id',
    snapshot: true,
    erasure: 'kept',
    shownTo: 'operators',
    purpose: 'identifies the registration in logs, to the partner and to support; not personal',
  },
  status: {
    type: 'text',
    snapshot: true,
    erasure: { to: UNFINISHED_TO_RELEASED, says: 'unfinished ones become `released`' },
    shownTo: 'operators',
    purpose: 'the [state](glossary.md#states)',
  },
  email: {
    type: 'text',
    intent: 'email',
    snapshot: true,
    erasure: { to: 'erased', says: 'replaced by `erased`' },
    shownTo: 'operators',
    purpose: 'sent to the partner to open the account',
  },
  email_folded: {
    type: 'text',
    erasure: { to: 'tombstone', says: 'replaced by a keyed hash' },
    shownTo: 'nobody',
    purpose: 'the e-mail in a normal form, so that each has one unfinished registration at most',
  },
  idempotency_key_hash: {
    type: 'bytea',
    intent: 'idempotencyKeyHash',
    snapshot: true,
    erasure: { to: ID_AS_BYTES, says: 'replaced' },
    shownTo: 'nobody',
    purpose: 'finds the registration for a key; SHA-256, the key itself is never stored',
  },
  name: {
    type: 'text',
    intent: 'name',
    snapshot: true,
    erasure: 'cleared',
    shownTo: 'details',
    purpose: 'as the visitor gave it',
  },
  visitor_id: {
    type: 'text',
    intent: 'visitorId',
    snapshot: true,
    erasure: { to: 'erased', says: 'replaced by `erased`' },
    shownTo: 'details',
    purpose: "the page's id for the visitor, sent to the partner",
  },
  traffic_params: {
    type: 'jsonb',
    intent: 'trafficParams',
    snapshot: true,
    erasure: { to: '{}', says: 'cleared' },
    shownTo: 'operators',
    purpose: 'where the visitor came from, sent to the partner',
  },
  site_url: {
    type: 'text',
    intent: 'siteUrl',
    snapshot: true,
    erasure: 'cleared',
    shownTo: 'details',
    purpose: "the page's address",
  },
  source: {
    type: 'text',
    intent: 'source',
    snapshot: true,
    erasure: { to: 'erased', says: 'replaced by `erased`' },
    shownTo: 'details',
    purpose: "the campaign that sent the visitor; the text is the caller's",
  },
  client_ip: {
    type: 'inet',
    intent: 'clientIp',
    snapshot: true,
    erasure: 'cleared',
    shownTo: 'details',
    purpose: 'sent to the partner, which requires it',
  },
  browser_data: {
    type: 'jsonb',
    intent: 'browserData',
    snapshot: true,
    erasure: 'cleared',
    shownTo: 'operators',
    purpose: 'what the page sent about the browser',
  },
  attempts: {
    type: 'integer',
    snapshot: true,
    erasure: 'kept',
    shownTo: 'operators',
    purpose: 'number of calls to the partner; rejects late results',
  },
  asking: {
    type: 'boolean',
    snapshot: true,
    erasure: { to: false, says: 'false' },
    shownTo: 'nobody',
    purpose: 'whether a call may be in progress',
  },
  lease_until: {
    type: 'timestamptz',
    erasure: 'cleared',
    shownTo: 'nobody',
    purpose: 'until then no other process may call the partner',
  },
  next_attempt_at: { type: 'timestamptz', erasure: 'cleared', shownTo: 'nobody', purpose: 'when recovery looks at it' },
  uncertain_since: {
    type: 'timestamptz',
    erasure: 'kept',
    shownTo: 'nobody',
    purpose: 'since when the outcome is unknown',
  },
  stuck_reason: {
    type: 'text',
    snapshot: true,
    erasure: 'cleared',
    shownTo: 'operators',
    purpose: 'why an operator has to decide',
  },
  partner_domain: { type: 'text', erasure: 'kept', shownTo: 'details', purpose: "the host of the partner's site" },
  partner_login: {
    type: 'text',
    erasure: 'cleared',
    shownTo: 'details',
    purpose: "the visitor's login at the partner, for support",
  },
  partner_answer: {
    type: 'jsonb',
    snapshot: true,
    erasure: 'cleared',
    shownTo: 'nobody',
    purpose: "the partner's answer without its secrets, for replays",
  },
  partner_secrets: {
    type: 'text',
    snapshot: true,
    erasure: 'cleared',
    shownTo: 'admins',
    purpose: 'password (unless `STORE_PARTNER_PASSWORD=false`) and autologin link, AES-256-GCM',
  },
  deposit_url: {
    type: 'text',
    snapshot: true,
    erasure: 'cleared',
    shownTo: 'admins',
    purpose: "the visitor's link; a link that logs its holder in is in `partner_secrets` instead",
  },
  rejection_code: {
    type: 'text',
    snapshot: true,
    erasure: 'kept',
    shownTo: 'operators',
    purpose: 'how the partner refused',
  },
  partner_message: {
    type: 'text',
    snapshot: true,
    erasure: 'cleared',
    shownTo: 'details',
    purpose: "the partner's own message",
  },
  created_at: {
    type: 'timestamptz',
    erasure: 'kept',
    shownTo: 'operators',
    purpose: 'when it was started; decides its age',
  },
  updated_at: {
    type: 'timestamptz',
    erasure: { to: sql<Date>`now()`, says: 'set to now' },
    shownTo: 'nobody',
    purpose: 'when it last changed',
  },
  settled_at: {
    type: 'timestamptz',
    erasure: { to: sql<Date>`coalesce(settled_at, now())`, says: 'set to now unless it was set' },
    shownTo: 'nobody',
    purpose: 'when the outcome was known; `REPLAY_FOR` counts from here',
  },
  erased_at: {
    type: 'timestamptz',
    erasure: { to: sql<Date>`now()`, says: 'set to now' },
    shownTo: 'operators',
    purpose: 'when the person was erased; such a row accepts no late result',
  },
  traceparent: {
    type: 'text',
    erasure: 'kept',
    shownTo: 'nobody',
    purpose: 'the trace in which it began, if traces are on; not personal',
  },
  begun_by: {
    type: 'text',
    erasure: 'kept',
    shownTo: 'operators',
    purpose: 'the process that wrote the row and made its first call, as `host:pid`; not personal',
  },
  link_recovered_at: {
    type: 'timestamptz',
    erasure: 'kept',
    shownTo: 'nobody',
    purpose: 'when a missing link arrived',
  },
  history: {
    type: 'jsonb',
    erasure: 'kept',
    shownTo: 'nobody',
    purpose: 'calls and actions as version 0.1 recorded them; read, and no longer written',
  },
} as const satisfies { [Column in keyof RegistrationsTable]: Field<Column> }

type Fields = typeof REGISTRATION_FIELDS
type Column = keyof Fields

const columnsWhere = <Wanted extends Column>(isWanted: (field: Field<Column>) => boolean): readonly Wanted[] =>
  (Object.keys(REGISTRATION_FIELDS) as Column[]).filter((column) =>
    isWanted(REGISTRATION_FIELDS[column] as Field<Column>),
  ) as Wanted[]

export type IntentColumn = { [C in Column]: Fields[C] extends { intent: string } ? C : never }[Column]
export type SnapshotColumn = { [C in Column]: Fields[C] extends { snapshot: true } ? C : never }[Column]

export const INTENT_COLUMNS = columnsWhere<IntentColumn>(({ intent }) => intent !== undefined)
export const SNAPSHOT_COLUMNS = columnsWhere<SnapshotColumn>(({ snapshot }) => snapshot === true)

/** What the row has for a property that an intent lacks. */
export const NULL_INTENT = Object.fromEntries(
  INTENT_COLUMNS.map((column) => [REGISTRATION_FIELDS[column].intent, null]),
)

/** Each property of an intent has a column. */
true satisfies keyof Intent extends Fields[IntentColumn]['intent'] ? true : false

type DetailColumn = { [C in Column]: Fields[C]['shownTo'] extends 'details' ? C : never }[Column]
const DETAIL_COLUMNS = columnsWhere<DetailColumn>(({ shownTo }) => shownTo === 'details')
type CamelCase<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text

/** The columns that the details of a registration show as they are. */
export function detailColumnsOf<Row extends Pick<Selectable<RegistrationsTable>, DetailColumn>>(row: Row) {
  const properties = DETAIL_COLUMNS.map((column) => [
    column.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    row[column],
  ])
  return Object.fromEntries(properties) as { [C in DetailColumn as CamelCase<C>]: Row[C] }
}

/** What a person's erasure sets, beside the tombstone that replaces the e-mail's identity. */
export function erasedValues(): Updateable<RegistrationsTable> {
  const entries = Object.entries(REGISTRATION_FIELDS).flatMap(([column, { erasure }]) => {
    if (erasure === 'kept') return []
    return [[column, erasure === 'cleared' ? null : erasure.to]]
  })
  return Object.fromEntries(entries)
}
