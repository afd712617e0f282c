import type { Percentiles, Stats, Status } from '@registration/shared/operator'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../database.ts'
import { firstIdAt } from '../id-bounds.ts'
import { unfinishedRows } from '../unfinished-rows.ts'
import { sampleWindows, type Window } from './sample-windows.ts'

/** So many are counted one by one, in some tenths of a second. Of more, a share of about so many is. */
const COUNTED_ROWS = 50_000
/** So many tell the percentiles as well as all do. */
const MEASURED_ROWS = 10_000
const TAGS = 10

const NO_REGISTRATIONS: Record<Status, number> = {
  pending: 0,
  uncertain: 0,
  succeeded: 0,
  succeeded_without_link: 0,
  rejected: 0,
  released: 0,
  stuck: 0,
}

/**
 * The outcomes of registrations that were begun in the range, and the unfinished ones now. Millions cost as much as some ten
 * thousand: a larger range is sampled in evenly spread windows of time, and the counts are scaled up.
 */
export async function registrationStats(db: Kysely<Database>, range: Window): Promise<Stats> {
  const bucketMs = bucketWidth(range.toMs - range.fromMs)
  const estimated = await estimateWithin(db, range)
  const windowsOf = (rows: number) => sampleWindows(range, bucketMs, rows / estimated)
  const counted = Math.min(COUNTED_ROWS / estimated, 1)
  const [counts, measured, unfinished] = await Promise.all([
    countOutcomes(db, windowsOf(COUNTED_ROWS), bucketMs),
    measureLatency(db, windowsOf(MEASURED_ROWS), bucketMs),
    countUnfinished(db),
  ])

  const whole = (count: number) => Math.round(count / counted)
  const places = placesOf(range, bucketMs)
  const placeOf = (bucket: number) => places[Math.min(Math.max(bucket - places.first, 0), places.length - 1)]
  const byStatus = { ...NO_REGISTRATIONS }
  for (const { bucket, status, count } of counts) {
    if (bucket === null || status === null) continue
    byStatus[status] += whole(count)
    const place = placeOf(bucket)
    if (place) place.byStatus[status] += whole(count)
  }
  for (const { bucket, ...percentiles } of measured) {
    const place = bucket === null ? undefined : placeOf(bucket)
    if (place) place.latency = percentiles
  }
  const { bucket: _, ...latency } = measured.find(({ bucket }) => bucket === null) ?? { bucket: null }
  return {
    bucketMs,
    counted,
    byStatus,
    overTime: counts.length === 0 ? [] : [...places],
    latency: 'p50' in latency ? latency : null,
    refusals: counts.flatMap(({ of, code, count }) =>
      of === 'code' && code !== null ? [{ code, count: whole(count) }] : [],
    ),
    tags: counts
      .filter(({ of }) => of === 'tag')
      .slice(0, TAGS)
      .map(({ tag, count, succeeded }) => ({ tag, count: whole(count), succeeded: whole(succeeded) })),
    unfinished,
  }
}

/** Every bucket of the range, so that a chart shows the quiet ones as quiet. */
function placesOf({ fromMs, toMs }: Window, bucketMs: number) {
  const [first, last] = [Math.floor(fromMs / bucketMs), Math.floor((toMs - 1) / bucketMs)]
  const places = Array.from({ length: last - first + 1 }, (_, place): Stats['overTime'][number] => ({
    at: new Date((first + place) * bucketMs).toISOString(),
    byStatus: { ...NO_REGISTRATIONS },
    latency: null,
  }))
  return Object.assign(places, { first })
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const WEEK_MS = 168 * HOUR_MS
const WIDTHS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR_MS),
  WEEK_MS,
]
/** More bars than that, nobody tells apart. */
const MOST_BUCKETS = 60

/** The width of a chart's buckets in milliseconds: a round one, of which at most sixty make up the range. */
export function bucketWidth(rangeMs: number): number {
  const round = WIDTHS_MS.find((width) => rangeMs / width <= MOST_BUCKETS)
  return round ?? Math.ceil(rangeMs / WEEK_MS / MOST_BUCKETS) * WEEK_MS
}

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
async function countOutcomes(
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

/** Of one bucket since 1970; null stands for all of them together. */
export type MeasuredBucket = { bucket: number | null } & Percentiles

/** When a registration was begun, in milliseconds since 1970, read from its id (UUIDv7). */
const begunAt = sql`('x' || left(replace(registration_id::text, '-', ''), 12))::bit(48)::bigint`

/** How long the calls took that the partner answered, by when their registration was begun; in milliseconds. */
async function measureLatency(
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

/** Whose ids were made in any of the windows: each is one stretch of the primary key. */
function registrationsWithin(db: Kysely<Database>, windows: readonly Window[]): RawBuilder<unknown> {
  const lows = windows.map(({ fromMs }) => firstIdAt(fromMs))
  const highs = windows.map(({ toMs }) => firstIdAt(toMs))
  // Without the offset, PostgreSQL may join as it likes, and reads the whole table where it expects a lot.
  const within = db
    .selectFrom('registrations')
    .select(['status', 'rejection_code', 'traffic_params', 'created_at'])
    .where('id', '>=', sql<string>`low`)
    .where('id', '<', sql<string>`high`)
    .offset(sql.lit(0))
  return sql`unnest(${lows}::uuid[], ${highs}::uuid[]) as windows(low, high) cross join lateral (${within}) as registration`
}

/** How many were begun in it, as PostgreSQL's statistics have it: at the cost of a plan, however many there are. */
async function estimateWithin(db: Kysely<Database>, { fromMs, toMs }: Window): Promise<number> {
  const wanted = db
    .selectFrom('registrations')
    .select('id')
    .where('id', '>=', firstIdAt(fromMs))
    .where('id', '<', firstIdAt(toMs))
  const [plan] = await wanted.explain('json')
  const [{ Plan }] = (plan as { 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] })['QUERY PLAN']
  return Plan['Plan Rows']
}
