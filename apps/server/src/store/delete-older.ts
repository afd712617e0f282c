import { type Kysely, sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * Deletes registrations that were begun longer than `ms` ago, at most `limit` of them. What somebody is at work on is
 * left for later; what waits for a person is not: nobody came.
 *
 * @returns how many were deleted
 */
export async function deleteOlder(db: Kysely<Database>, ms: number, limit: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('registrations')
    .where('id', 'in', (old) =>
      old
        .selectFrom('registrations')
        .select('id')
        .where('created_at', '<', sql<Date>`now() - ${ms}::float8 * interval '1 millisecond'`)
        .where('status', 'not in', ['pending', 'uncertain'])
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}
