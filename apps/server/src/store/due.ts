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

/** What has no outcome, for whoever keeps watch; the age in seconds of the oldest that nobody has to decide. */
export async function unfinished(
  db: Kysely<Database>,
): Promise<{ count: number; stuck: number; oldestSeconds: number }> {
  return db
    .selectFrom('registrations')
    .where('status', 'in', ['pending', 'uncertain', 'stuck'])
    .select([
      sql<number>`count(*)::int`.as('count'),
      sql<number>`(count(*) filter (where status = 'stuck'))::int`.as('stuck'),
      sql<number>`coalesce(extract(epoch from clock_timestamp() - min(created_at) filter (where status <> 'stuck')), 0)::float8`.as(
        'oldestSeconds',
      ),
    ])
    .executeTakeFirstOrThrow()
}
