import { type Kysely, sql } from 'kysely'
import type { Database } from './database.ts'
import { highestIdAt } from './id-bounds.ts'

/**
 * Deletes registrations that were begun longer than `ms` ago, at most `limit` of them. Those that are in progress are
 * left for later; stuck ones are deleted, since no operator came. Their events and calls go with them; what operators did stays.
 *
 * Found by their ids, the oldest first.
 *
 * @returns how many were deleted
 */
export async function deleteOlder(db: Kysely<Database>, ms: number, limit: number): Promise<number> {
  const { count } = await db
    .with('gone', (cte) =>
      cte
        .deleteFrom('registrations')
        .where('id', 'in', (old) =>
          old
            .selectFrom('registrations')
            .select('id')
            .where('id', '<', highestIdAt(new Date(Date.now() - ms)))
            .where(sql<boolean>`created_at < now() - ${ms}::float8 * interval '1 millisecond'`)
            .where('status', 'not in', ['pending', 'uncertain'])
            .where((row) =>
              row.or([row('lease_until', 'is', null), row('lease_until', '<=', sql<Date>`clock_timestamp()`)]),
            )
            .orderBy('id')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .returning('id'),
    )
    .with('unnoted', (cte) =>
      cte
        .deleteFrom('registration_calls')
        .where('registration_id', 'in', (gone) => gone.selectFrom('gone').select('id')),
    )
    .with('untold', (cte) =>
      cte
        .deleteFrom('registration_events')
        .where('registration_id', 'in', (gone) => gone.selectFrom('gone').select('id')),
    )
    .selectFrom('gone')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
