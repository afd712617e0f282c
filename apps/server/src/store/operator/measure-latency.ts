import type { Percentiles } from '@registration/shared/operator'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../database.ts'
import { firstIdAt } from '../id-bounds.ts'
import type { Window } from './sample-windows.ts'

/** Of one bucket since 1970; null stands for all of them together. */
export type MeasuredBucket = { bucket: number | null } & Percentiles

/** When a registration was begun, in milliseconds since 1970, as its id has it (UUIDv7). */
const begunAt = sql`('x' || left(replace(registration_id::text, '-', ''), 12))::bit(48)::bigint`

/** How long the calls took that the partner answered, by when their registration was begun; in milliseconds. */
export async function measureLatency(
  db: Kysely<Database>,
  windows: readonly Window[],
  bucketMs: number,
): Promise<MeasuredBucket[]> {
  const lows = windows.map(({ fromMs }) => firstIdAt(fromMs))
  const highs = windows.map(({ toMs }) => firstIdAt(toMs))
  const calls = db
    .selectFrom('registration_calls')
    .select(['registration_id', 'duration_ms'])
    .where('registration_id', '>=', sql<string>`low`)
    .where('registration_id', '<', sql<string>`high`)
    .where('outcome', 'in', ['accepted', 'rejected'])
    // Without it, PostgreSQL may join as it likes, and reads the whole table where it expects a lot.
    .offset(sql.lit(0))
  const { rows } = await sql<{ bucket: number | null; shares: [number, number, number, number] | null }>`
    select bucket, percentile_disc(array[0.5, 0.9, 0.95, 0.99]) within group (order by duration_ms) as shares
    from (
      select floor(${begunAt} / ${bucketMs}::float8)::int as bucket, duration_ms
      from unnest(${lows}::uuid[], ${highs}::uuid[]) as windows(low, high) cross join lateral (${calls}) as call
    ) as measured
    group by grouping sets ((bucket), ())`.execute(db)
  return rows.flatMap(({ bucket, shares }) => {
    if (shares === null) return []
    const [p50, p90, p95, p99] = shares
    return [{ bucket, p50, p90, p95, p99 }]
  })
}
