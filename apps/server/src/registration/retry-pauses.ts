/** Pauses between calls for one registration. */
export interface RetryPauses {
  /** How long to wait after the `attempt`-th call, in milliseconds. */
  next(attempt: number): number
}

/** Short enough that several probes fit into one caller's deadline. */
const FIRST_MS = 300
/** Long enough to spare a partner in trouble, short enough that registrations are resolved soon after an outage ends. */
const LONGEST_MS = 5 * 60_000
/** How far a pause may be from its base, as a share of it. */
const SPREAD = 0.25
/** No pause is longer. */
export const LONGEST_PAUSE_MS = LONGEST_MS * (1 + SPREAD)

/** Doubling pauses, each spread over ± 25 % so that registrations which failed together don't return together. */
export function createRetryPauses(random: () => number = Math.random): RetryPauses {
  return {
    next: (attempt) => {
      const base = Math.min(FIRST_MS * 2 ** Math.min(attempt - 1, 20), LONGEST_MS)
      return Math.round(base * (1 - SPREAD + random() * 2 * SPREAD))
    },
  }
}
