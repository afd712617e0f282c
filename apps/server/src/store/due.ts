import { type Kysely, sql } from 'kysely'
import type { DueRegistration } from '../registration/due-registration.ts'
import { fromNow } from './claim.ts'
import type { Database } from './database.ts'

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

export async function countStuck(db: Kysely<Database>): Promise<number> {
  const { stuck } = await db
    .selectFrom('registrations')
    .select(({ fn }) => fn.countAll<number>().as('stuck'))
    .where('status', '=', 'stuck')
    .executeTakeFirstOrThrow()
  return Number(stuck)
}

/** Counting more takes longer than anybody who reads the metrics should cost. */
const COUNT_AT_MOST = 10_000

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
  const moving = db
    .selectFrom('registrations')
    .select(['status', 'created_at'])
    .where('status', 'in', ['pending', 'uncertain'])
    .orderBy('next_attempt_at')
    .limit(COUNT_AT_MOST)
  const stuck = db
    .selectFrom('registrations')
    .select(['status', 'created_at'])
    .where('status', '=', 'stuck')
    .limit(COUNT_AT_MOST)
  return db
    .selectFrom(sql<{ status: string; created_at: Date }>`((${moving}) union all (${stuck}))`.as('open'))
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
