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
