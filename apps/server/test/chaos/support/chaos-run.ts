/**
 * How this run was asked for: `npm test` takes the quick forms, `npm run chaos -- --duration 10m --seed 42` the long
 * ones, which share that duration.
 */
export const chaosRun = {
  seed: Number(process.env['CHAOS_SEED'] ?? 1),
  /** Undefined in the quick form. */
  durationMs: process.env['CHAOS_DURATION_MS'] === undefined ? undefined : Number(process.env['CHAOS_DURATION_MS']),
}

/** How long a suite keeps its load up. @param share of the long form's duration, 0 to 1 */
export function loadMs({ quickMs, share }: { quickMs: number; share: number }): number {
  return chaosRun.durationMs === undefined ? quickMs : chaosRun.durationMs * share
}
