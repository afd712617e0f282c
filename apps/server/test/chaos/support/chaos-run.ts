const { CHAOS_SEED, CHAOS_DURATION_MS } = process.env

/**
 * How this run was asked for: `npm test` takes the quick forms, `npm run chaos -- --duration 10m --seed 42` the long
 * ones, which share that duration.
 */
export const chaosRun = {
  seed: Number(CHAOS_SEED ?? 1),
  isLong: CHAOS_DURATION_MS !== undefined,
}

/** How long a suite keeps its load up. @param share of the long form's duration, 0 to 1; never less than the quick form */
export function loadMs({ quickMs, share }: { quickMs: number; share: number }): number {
  return Math.max(quickMs, Number(CHAOS_DURATION_MS ?? 0) * share)
}
