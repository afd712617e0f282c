import { type ExpressionBuilder, type Selectable, sql } from 'kysely'
import type { PartnerAccount } from '../registration/partner.ts'
import type { Intent, Registration } from '../registration/registration.ts'
import type { Database } from './database.ts'
import {
  INTENT_COLUMNS,
  REGISTRATION_FIELDS,
  type RegistrationsTable,
  type SnapshotColumn,
} from './registration-fields.ts'
import { openAccount, type SecretBox, SecretUnreadable } from './secret-box.ts'

const msUntil = (column: 'next_attempt_at') =>
  sql<number>`coalesce(greatest(extract(epoch from ${sql.ref(column)} - clock_timestamp()) * 1000, 0), 0)::float8`
const msSince = (column: 'uncertain_since' | 'settled_at') =>
  sql<number>`coalesce(extract(epoch from clock_timestamp() - ${sql.ref(column)}) * 1000, 0)::float8`

/** The row's instants as durations by the database's clock, since the process's own may differ. */
export function snapshotDurations(_: ExpressionBuilder<Database, 'registrations'>) {
  return [
    msUntil('next_attempt_at').as('next_attempt_in_ms'),
    msSince('uncertain_since').as('uncertain_for_ms'),
    msSince('settled_at').as('settled_for_ms'),
  ] as const
}

export type RegistrationRow = Pick<Selectable<RegistrationsTable>, SnapshotColumn> & {
  next_attempt_in_ms: number
  uncertain_for_ms: number
  settled_for_ms: number
}

/** What turns rows into registrations. */
export interface RowMapper {
  box: SecretBox
  /** How long a finished registration gives its link and secrets, in milliseconds. */
  replayForMs: number
  /** Told of a row whose secrets can't be opened: with a key that isn't listed here, or changed by somebody. */
  onUnreadable?: ((registrationId: string, error: unknown, unlistedKey: string | undefined) => void) | undefined
}

export function registrationOf(row: RegistrationRow, mapper: RowMapper): Registration {
  const hasAccount = row.status === 'succeeded' || row.status === 'succeeded_without_link'
  const partnerAccount = hasAccount ? answerOf(row, mapper) : null
  return {
    ...intentOf(row),
    status: row.status,
    attempts: row.attempts,
    asking: row.asking,
    nextAttemptInMs: Math.ceil(row.next_attempt_in_ms),
    uncertainForMs: row.uncertain_for_ms,
    partnerAccount,
    depositUrl: mayShow(row, mapper) ? linkOf(row, partnerAccount) : null,
    rejection: row.rejection_code && { code: row.rejection_code, message: row.partner_message },
    stuckReason: row.stuck_reason,
  }
}

function intentOf(row: RegistrationRow): Intent {
  const properties = INTENT_COLUMNS.map((column) => [REGISTRATION_FIELDS[column].intent, row[column]])
  return Object.fromEntries(properties)
}

function mayShow(row: RegistrationRow, { replayForMs }: RowMapper): boolean {
  return row.settled_for_ms < replayForMs
}

/** A link that logs somebody in is stored with the secrets alone. */
function linkOf(row: RegistrationRow, answer: PartnerAccount | null): string | null {
  return row.deposit_url ?? (row.status === 'succeeded' ? (answer?.autologin ?? null) : null)
}

function answerOf(row: RegistrationRow, mapper: RowMapper): PartnerAccount | null {
  const { id, partner_answer, partner_secrets } = row
  if (partner_answer === null) return null
  if (mayShow(row, mapper)) {
    try {
      return openAccount(mapper.box, id, { partner_answer, partner_secrets })
    } catch (error) {
      // What isn't secret is still of use: a link that logs nobody in, and the outcome.
      mapper.onUnreadable?.(id, error, error instanceof SecretUnreadable ? error.unlistedKey : undefined)
      return partner_answer
    }
  }
  const { success, domain, login } = partner_answer
  return { success, domain, login }
}
