const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Seconds for a receiver that restarts, days for one that nobody looks at over a weekend. */
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
 * How long to wait after the `attempt`-th one failed, in milliseconds, spread over ± 20 % so that what failed together
 * doesn't return together. Undefined after the last, some three days later.
 */
export function nextPause(attempt: number, random: () => number = Math.random): number | undefined {
  const pause = PAUSES_MS[attempt - 1]
  return pause === undefined ? undefined : Math.round(pause * (0.8 + random() * 0.4))
}
