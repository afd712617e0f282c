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
