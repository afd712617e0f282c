import type { Status } from '@registration/shared/operator'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../database.ts'
import { registrationsWithin } from './registrations-within.ts'
import type { Window } from './sample-windows.ts'

/** A count of one of three things, by which of its names isn't null; an untagged registration has none. */
export interface OutcomeCount {
  of: 'status' | 'code' | 'tag'
  /** Buckets since 1970. */
  bucket: number | null
  status: Status | null
  code: string | null
  tag: string | null
  count: number
  succeeded: number
}

/** Counts what lies in the windows in three ways, reading it once. */
export async function countOutcomes(
  db: Kysely<Database>,
  windows: readonly Window[],
  bucketMs: number,
): Promise<OutcomeCount[]> {
  const { rows } = await sql<OutcomeCount>`
    select case grouping(bucket, code, tag) when 3 then 'status' when 5 then 'code' else 'tag' end as "of",
      bucket, status, code, tag, count(*)::int as count, (count(*) filter (where has_account))::int as succeeded
    from (
      select floor(extract(epoch from created_at) * 1000 / ${bucketMs}::float8)::int as bucket, status,
        status in ('succeeded', 'succeeded_without_link') as has_account,
        case when status = 'rejected' then coalesce(rejection_code, 'PARTNER_REJECTED') end as code,
        traffic_params ->> 'tag' as tag
      from ${registrationsWithin(db, windows)}
    ) as outcome
    group by grouping sets ((bucket, status), (code), (tag))
    order by count desc`.execute(db)
  return rows
}
