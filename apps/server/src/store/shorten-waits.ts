import { type Kysely, sql } from 'kysely'
import { fromNow } from './claim.ts'
import type { Database } from './database.ts'

/** The longest that a row can have to wait for its next call, in milliseconds. */
export interface LongestWaits {
  leaseMs: number
  pauseMs: number
}

/** What separates a wait that was written a moment ago from one that can't be. */
const SLACK_MS = 1_000

/**
 * Shortens the waits that nobody can have asked for: the database's clock was set back, or a standby whose clock is behind
 * has taken over. A lease begins again, since how much of it is over can't be known; a pause is over. Reads one stretch of
 * the index over what is due, which has next to nothing in it while no outage lasts.
 *
 * @returns how many rows were changed, and the database's clock, in milliseconds since 1970
 */
export async function shortenWaits(
  db: Kysely<Database>,
  { leaseMs, pauseMs }: LongestWaits,
): Promise<{ shortened: number; databaseMs: number }> {
  const lease = sql<Date>`case when lease_until > ${fromNow(leaseMs + SLACK_MS)} then ${fromNow(leaseMs)} else lease_until end`
  return db
    .with('shortened', (cte) =>
      cte
        .updateTable('registrations')
        .set({
          lease_until: lease,
          next_attempt_at: sql<Date>`greatest(clock_timestamp(), ${lease})`,
          updated_at: sql<Date>`now()`,
        })
        .where('status', 'in', ['pending', 'uncertain'])
        .where('next_attempt_at', '>', fromNow(Math.min(leaseMs, pauseMs) + SLACK_MS))
        .where(({ or, eb }) =>
          or([
            eb('lease_until', '>', fromNow(leaseMs + SLACK_MS)),
            eb('next_attempt_at', '>', fromNow(Math.max(leaseMs, pauseMs) + SLACK_MS)),
          ]),
        )
        .returning('id'),
    )
    .selectNoFrom(({ selectFrom }) => [
      selectFrom('shortened').select(sql<number>`count(*)::int`.as('count')).$asScalar().$notNull().as('shortened'),
      sql<number>`(extract(epoch from clock_timestamp()) * 1000)::float8`.as('databaseMs'),
    ])
    .executeTakeFirstOrThrow()
}
