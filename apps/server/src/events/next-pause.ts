const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Seconds for an endpoint that restarts, days for one that fails over a weekend. */
const PAUSES_MS = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
  24 * HOUR,
]

/**
 * The pause after a failed attempt, in milliseconds. Varies by ± 20 %, so that events that failed together aren't retried
 * together. Undefined after the last attempt, about three days after the first.
 */
export function nextPause(attempt: number, random: () => number = Math.random): number | undefined {
  const pause = PAUSES_MS[attempt - 1]
  return pause === undefined ? undefined : Math.round(pause * (0.8 + random() * 0.4))
}
