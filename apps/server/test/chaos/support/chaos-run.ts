const { CHAOS_SEED, CHAOS_DURATION_MS } = process.env

/**
 * The options of this run: `npm test` runs the quick forms, `npm run chaos -- --duration 10m --seed 42` the long
 * ones, which share that duration.
 */
export const chaosRun = {
  seed: Number(CHAOS_SEED ?? 1),
  isLong: CHAOS_DURATION_MS !== undefined,
}

/** How long a suite sends load: its share (0 to 1) of the long form's duration, at least `quickMs`. */
export function loadMs({ quickMs, share }: { quickMs: number; share: number }): number {
  return Math.max(quickMs, Number(CHAOS_DURATION_MS ?? 0) * share)
}
