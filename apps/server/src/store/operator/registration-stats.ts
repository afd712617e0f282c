import type { Stats, Status } from '@registration/shared/operator'
import type { Kysely } from 'kysely'
import type { Database } from '../database.ts'
import { bucketWidth } from './bucket-width.ts'
import { countOutcomes } from './count-outcomes.ts'
import { countUnfinished } from './count-unfinished.ts'
import { measureLatency } from './measure-latency.ts'
import { estimateWithin } from './registrations-within.ts'
import { sampleWindows, type Window } from './sample-windows.ts'

/** So many are counted one by one, in some tenths of a second. Of more, a share of about so many is. */
const COUNTED_ROWS = 50_000
/** So many tell the percentiles as well as all do. */
const MEASURED_ROWS = 10_000
const TAGS = 10

const NOBODY: Record<Status, number> = {
  pending: 0,
  uncertain: 0,
  succeeded: 0,
  succeeded_without_link: 0,
  rejected: 0,
  released: 0,
  stuck: 0,
}

/**
 * How registrations begun in the range went, and what is unfinished now. It costs as much for millions as for some ten
 * thousand: what is more than that is looked at in evenly spread windows of time, and counted up to the whole.
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
  const byStatus = { ...NOBODY }
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
    byStatus: { ...NOBODY },
    latency: null,
  }))
  return Object.assign(places, { first })
}
