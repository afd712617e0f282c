import type { Stats } from '@registration/shared/operator'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../database.ts'
import { unfinishedRows } from '../unfinished-rows.ts'

/** What has no outcome now, whenever it was begun. */
export async function countUnfinished(db: Kysely<Database>): Promise<Stats['unfinished']> {
  const { count, stuck, oldest, oldestAt } = await db
    .selectFrom(unfinishedRows(db))
    .select([
      sql<number>`count(*)::int`.as('count'),
      sql<number>`(count(*) filter (where status = 'stuck'))::int`.as('stuck'),
      sql<string | null>`(array_agg(id order by created_at))[1]`.as('oldest'),
      sql<Date | null>`min(created_at)`.as('oldestAt'),
    ])
    .executeTakeFirstOrThrow()
  const known = oldest !== null && oldestAt !== null
  return { count, stuck, oldest: known ? { id: oldest, createdAt: oldestAt.toISOString() } : null }
}
