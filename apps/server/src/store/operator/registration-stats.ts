import type { Stats, Status } from '@registration/shared/operator'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../database.ts'
import { lowestIdAt } from './id-bounds.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const WIDTHS_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  24 * HOUR_MS,
  168 * HOUR_MS,
]
const MOST_BUCKETS = 60
const TAGS = 10
/** So many of the newest calls tell the percentiles as well as all do. */
const MEASURED_ROWS = 10_000

const NOBODY: Record<Status, number> = {
  pending: 0,
  uncertain: 0,
  succeeded: 0,
  succeeded_without_link: 0,
  rejected: 0,
  released: 0,
  stuck: 0,
}

/** How registrations begun since `from` went, and what is unfinished now. */
export async function registrationStats(db: Kysely<Database>, from: Date): Promise<Stats> {
  const rangeMs = Math.max(Date.now() - from.getTime(), 1)
  const bucketMs = WIDTHS_MS.find((width) => rangeMs / width <= MOST_BUCKETS) ?? 168 * HOUR_MS
  const [counts, refusals, tags, latency, unfinished] = await Promise.all([
    countByBucket(db, from, bucketMs),
    countRefusals(db, from),
    countTags(db, from),
    measureLatency(db, from),
    countUnfinished(db),
  ])
  const byStatus = { ...NOBODY }
  for (const { status, count } of counts) byStatus[status] += count
  return { bucketMs, byStatus, overTime: withoutGaps(counts, bucketMs), latency, refusals, tags, unfinished }
}

const since = (db: Kysely<Database>, from: Date) =>
  db.selectFrom('registrations').where('id', '>', lowestIdAt(from)).where('created_at', '>=', from)

const COUNT = sql<number>`count(*)::int`

interface BucketCount {
  bucket: number
  status: Status
  count: number
}

function countByBucket(db: Kysely<Database>, from: Date, bucketMs: number): Promise<BucketCount[]> {
  return since(db, from)
    .select([sql<number>`floor(extract(epoch from created_at) * 1000 / ${bucketMs}::int)::int`.as('bucket'), 'status'])
    .select(COUNT.as('count'))
    .groupBy([sql`1`, sql`2`])
    .orderBy(sql`1`)
    .execute()
}

/** Every bucket from the first with anybody to the last, so that a chart shows the quiet ones as quiet. */
function withoutGaps(counts: readonly BucketCount[], bucketMs: number): Stats['overTime'] {
  const [first, last] = [counts[0]?.bucket, counts.at(-1)?.bucket]
  if (first === undefined || last === undefined) return []
  const places = Array.from({ length: last - first + 1 }, (_, place) => ({
    at: new Date((first + place) * bucketMs).toISOString(),
    byStatus: { ...NOBODY },
  }))
  for (const { bucket, status, count } of counts) {
    const place = places[bucket - first]
    if (place) place.byStatus[status] = count
  }
  return places
}

function countRefusals(db: Kysely<Database>, from: Date): Promise<Stats['refusals']> {
  return since(db, from)
    .where('status', '=', 'rejected')
    .select(sql<string>`coalesce(rejection_code, 'PARTNER_REJECTED')`.as('code'))
    .select(COUNT.as('count'))
    .groupBy(sql`1`)
    .orderBy('count', 'desc')
    .execute()
}

function countTags(db: Kysely<Database>, from: Date): Promise<Stats['tags']> {
  return since(db, from)
    .select(sql<string | null>`traffic_params ->> 'tag'`.as('tag'))
    .select([COUNT.as('count'), sql<number>`(count(*) filter (where status = 'succeeded'))::int`.as('succeeded')])
    .groupBy(sql`1`)
    .orderBy('count', 'desc')
    .limit(TAGS)
    .execute()
}

/** Of calls that the partner answered, in milliseconds. */
async function measureLatency(db: Kysely<Database>, from: Date): Promise<Stats['latency']> {
  const { rows } = await sql<{ shares: number[] | null }>`
    select percentile_disc(array[0.5, 0.9, 0.95, 0.99]) within group (order by (event ->> 'durationMs')::int) as shares
    from ${since(db, from).select('history').orderBy('id', 'desc').limit(MEASURED_ROWS)} as newest,
      jsonb_array_elements(history) as event
    where event ->> 'outcome' in ('accepted', 'rejected')`.execute(db)
  const [p50, p90, p95, p99] = rows[0]?.shares ?? []
  return p50 === undefined || p90 === undefined || p95 === undefined || p99 === undefined
    ? null
    : { p50, p90, p95, p99 }
}

async function countUnfinished(db: Kysely<Database>): Promise<Stats['unfinished']> {
  const unfinished = db.selectFrom('registrations').where('status', 'in', ['pending', 'uncertain', 'stuck'])
  const { count, stuck } = await unfinished
    .select([COUNT.as('count'), sql<number>`(count(*) filter (where status = 'stuck'))::int`.as('stuck')])
    .executeTakeFirstOrThrow()
  const oldest = await unfinished.select(['id', 'created_at']).orderBy('created_at').limit(1).executeTakeFirst()
  return { count, stuck, oldest: oldest ? { id: oldest.id, createdAt: oldest.created_at.toISOString() } : null }
}
