import { type Kysely, type RawBuilder, sql } from 'kysely'
import { foldEmail, type Registration, type RegistrationStatus } from '../registration/registration.ts'
import { RegistrationGone } from '../registration/store-errors.ts'
import type { Database } from './database.ts'
import { SNAPSHOT_COLUMNS } from './registration-fields.ts'
import { type RowMapper, registrationOf, snapshotDurations } from './snapshot.ts'

export async function findByKey(
  db: Kysely<Database>,
  mapper: RowMapper,
  idempotencyKeyHash: Buffer,
): Promise<Registration | undefined> {
  const row = await snapshots(db).where('idempotency_key_hash', '=', idempotencyKeyHash).executeTakeFirst()
  return row && registrationOf(row, mapper)
}

/** The registration that holds this e-mail: it is unfinished, or a call for it may still be under way. */
export async function findHolder(
  db: Kysely<Database>,
  mapper: RowMapper,
  email: string,
): Promise<Registration | undefined> {
  const row = await snapshots(db)
    .where('email_folded', '=', foldEmail(email))
    .where((row) =>
      row.or([
        row('status', 'in', ['pending', 'uncertain', 'stuck']),
        row('lease_until', '>', sql<Date>`clock_timestamp()`),
      ]),
    )
    .executeTakeFirst()
  return row && registrationOf(row, mapper)
}

/** A rejection says nothing about an account of ours, and a released registration has none. */
const WITHOUT_ACCOUNT: RegistrationStatus[] = ['rejected', 'released']

/**
 * The conditions under which a row answers a caller who has proven the e-mail: it is unfinished, or has an account whose link
 * may still be shown. After that only the partner knows.
 */
export function isAnswerFor(replayForMs: number, table: string): RawBuilder<boolean>[] {
  const [status, settledAt] = [sql.ref(`${table}.status`), sql.ref(`${table}.settled_at`)]
  return [
    sql<boolean>`${status} not in (${sql.join(WITHOUT_ACCOUNT.map((name) => sql.lit(name)))})`,
    sql<boolean>`(${settledAt} is null or ${settledAt} > clock_timestamp() - ${sql.lit(replayForMs)} * interval '1 millisecond')`,
  ]
}

export async function findLatestByEmail(
  db: Kysely<Database>,
  mapper: RowMapper,
  email: string,
): Promise<Registration | undefined> {
  const row = await snapshots(db)
    .where('email_folded', '=', foldEmail(email))
    .where(({ and }) => and(isAnswerFor(mapper.replayForMs, 'registrations')))
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && registrationOf(row, mapper)
}

/** @throws RegistrationGone */
export async function get(db: Kysely<Database>, mapper: RowMapper, id: string): Promise<Registration> {
  const row = await snapshots(db)
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => new RegistrationGone(`There is no registration ${id}.`))
  return registrationOf(row, mapper)
}

/** The trace that a registration began in, if it did so in one. */
export async function findTraceparent(db: Kysely<Database>, id: string): Promise<string | undefined> {
  const row = await db.selectFrom('registrations').select('traceparent').where('id', '=', id).executeTakeFirst()
  return row?.traceparent ?? undefined
}

/** Another registration that got an account, or was told that there is one already. */
export async function showsEarlierAccount(db: Kysely<Database>, { id, email }: Registration): Promise<boolean> {
  const row = await db
    .selectFrom('registrations')
    .select('id')
    .where('email_folded', '=', foldEmail(email))
    .where('id', '<>', id)
    .where((row) =>
      row.or([
        row('status', 'in', ['succeeded', 'succeeded_without_link']),
        row('rejection_code', '=', 'ALREADY_REGISTERED'),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

function snapshots(db: Kysely<Database>) {
  return db.selectFrom('registrations').select(SNAPSHOT_COLUMNS).select(snapshotDurations)
}
