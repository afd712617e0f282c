import type { Percentiles } from '@registration/shared/operator'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../database.ts'
import { registrationsWithin } from './registrations-within.ts'
import type { Window } from './sample-windows.ts'

/** Of one bucket since 1970; null stands for all of them together. */
export type MeasuredBucket = { bucket: number | null } & Percentiles

/** How long the calls took that the partner answered, by when their registration was begun; in milliseconds. */
export async function measureLatency(
  db: Kysely<Database>,
  windows: readonly Window[],
  bucketMs: number,
): Promise<MeasuredBucket[]> {
  const { rows } = await sql<{ bucket: number | null; shares: [number, number, number, number] | null }>`
    select bucket,
      percentile_disc(array[0.5, 0.9, 0.95, 0.99]) within group (order by (event ->> 'durationMs')::int) as shares
    from (
      select floor(extract(epoch from created_at) * 1000 / ${bucketMs}::float8)::int as bucket, history
      from ${registrationsWithin(db, windows)}
    ) as measured, jsonb_array_elements(history) as event
    where event ->> 'outcome' in ('accepted', 'rejected')
    group by grouping sets ((bucket), ())`.execute(db)
  return rows.flatMap(({ bucket, shares }) => {
    if (shares === null) return []
    const [p50, p90, p95, p99] = shares
    return [{ bucket, p50, p90, p95, p99 }]
  })
}
