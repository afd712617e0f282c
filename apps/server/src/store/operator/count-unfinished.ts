import type { Stats, Status } from '@registration/shared/operator'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../database.ts'

/** What has no outcome now, whenever it was begun: by the index of the e-mails that are held. */
export async function countUnfinished(db: Kysely<Database>): Promise<Stats['unfinished']> {
  const unfinished = db
    .selectFrom('registrations')
    .where('status', 'in', sql<Status>`('pending', 'uncertain', 'stuck')`)
  const { count, stuck, oldest } = await unfinished
    .select([
      sql<number>`count(*)::int`.as('count'),
      sql<number>`(count(*) filter (where status = 'stuck'))::int`.as('stuck'),
      sql<string | null>`(array_agg(id order by created_at))[1]`.as('oldest'),
    ])
    .executeTakeFirstOrThrow()
  if (oldest === null) return { count, stuck, oldest: null }
  const row = await db.selectFrom('registrations').select('created_at').where('id', '=', oldest).executeTakeFirst()
  return { count, stuck, oldest: row ? { id: oldest, createdAt: row.created_at.toISOString() } : null }
}
