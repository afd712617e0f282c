import { type Kysely, sql } from 'kysely'
import type { Registration } from '../registration/registration.ts'
import { fromNow } from './claim.ts'
import type { Database } from './database.ts'
import { SNAPSHOT_COLUMNS } from './registration-fields.ts'
import { type RowMapper, registrationOf, snapshotDurations } from './snapshot.ts'
import { stuckRows, unfinishedRows } from './unfinished-rows.ts'

/** Callers that wait for a registration go first. */
const GRACE_MS = 1_000

/**
 * Takes due registrations, the most overdue first, and reserves them against other replicas for `reserveMs`. Each replica skips
 * the rows that another one has just locked. Only the claim decides which replica may call; this saves the others the read.
 *
 * @returns each as due as it was
 */
export async function takeDue(
  db: Kysely<Database>,
  mapper: RowMapper,
  limit: number,
  reserveMs: number,
): Promise<Registration[]> {
  const rows = await db
    .with('due', (cte) =>
      cte
        .selectFrom('registrations')
        .select('id')
        .where('status', 'in', ['pending', 'uncertain'])
        .where('next_attempt_at', '<=', fromNow(-GRACE_MS))
        .orderBy('next_attempt_at')
        .limit(limit)
        .forNoKeyUpdate()
        .skipLocked(),
    )
    .updateTable('registrations')
    .from('due')
    .set({ next_attempt_at: fromNow(reserveMs) })
    .whereRef('registrations.id', '=', 'due.id')
    .returning(SNAPSHOT_COLUMNS.map((column) => `registrations.${column}` as const))
    .returning(snapshotDurations)
    .execute()
  return rows.map((row) => ({ ...registrationOf(row, mapper), nextAttemptInMs: 0 }))
}

/** How many wait for a person, at most 10,000. */
export async function countStuck(db: Kysely<Database>): Promise<number> {
  const { stuck } = await db
    .selectFrom(stuckRows(db).as('stuck'))
    .select(sql<number>`count(*)::int`.as('stuck'))
    .executeTakeFirstOrThrow()
  return stuck
}

export interface Unfinished {
  /** Each at most 10,000. */
  pending: number
  uncertain: number
  stuck: number
  /** The age of the oldest that nobody has to decide: of all, or of the 10,000 that are due first. */
  oldestSeconds: number
}

/** Counts the unfinished registrations, for the metrics. */
export async function unfinished(db: Kysely<Database>): Promise<Unfinished> {
  return db
    .selectFrom(unfinishedRows(db))
    .select([
      sql<number>`(count(*) filter (where status = 'pending'))::int`.as('pending'),
      sql<number>`(count(*) filter (where status = 'uncertain'))::int`.as('uncertain'),
      sql<number>`(count(*) filter (where status = 'stuck'))::int`.as('stuck'),
      sql<number>`coalesce(extract(epoch from clock_timestamp() - min(created_at) filter (where status <> 'stuck')), 0)::float8`.as(
        'oldestSeconds',
      ),
    ])
    .executeTakeFirstOrThrow()
}
