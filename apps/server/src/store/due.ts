import { type Kysely, sql } from 'kysely'
import type { DueRegistration } from '../registration/due-registration.ts'
import { fromNow } from './claim.ts'
import type { Database } from './database.ts'
import { stuckRows, unfinishedRows } from './unfinished-rows.ts'

export function findDue(db: Kysely<Database>, withinMs: number, limit: number): Promise<DueRegistration[]> {
  return db
    .selectFrom('registrations')
    .select('id')
    .select(sql<number>`(extract(epoch from next_attempt_at - clock_timestamp()) * 1000)::float8`.as('dueInMs'))
    .where('status', 'in', ['pending', 'uncertain'])
    .where('next_attempt_at', '<=', fromNow(withinMs))
    .orderBy('next_attempt_at')
    .limit(limit)
    .execute()
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

/** What has no outcome, for whoever keeps watch. */
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
