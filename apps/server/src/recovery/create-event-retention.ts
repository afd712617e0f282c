import type { Chore } from './chore.ts'

/** Long enough to answer whether somebody was told. */
const DELIVERED_FOR_MS = 7 * 86_400_000
/** Long enough to notice, and to send them after all. */
const DEAD_FOR_MS = 30 * 86_400_000
/** A commit of so many rows holds their locks for some milliseconds. */
const BATCH = 500
/** Not at the full hour, when everybody does something. */
const HOURLY = '37 * * * *'

/** Events that were delivered, or given up, are deleted when nobody asks for them any more. */
export function createEventRetention(
  deleteFinished: (deliveredForMs: number, deadForMs: number, limit: number) => Promise<number>,
): Chore {
  return {
    name: 'registration-events-retention',
    cron: HOURLY,
    async run() {
      while ((await deleteFinished(DELIVERED_FOR_MS, DEAD_FOR_MS, BATCH)) === BATCH);
    },
  }
}
