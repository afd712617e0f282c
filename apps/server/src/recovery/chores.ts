import type { DueSource } from './create-due-loop.ts'

/** Deletes what reached its age, at most `limit`, and says how many. Nothing where another replica is at it. */
type DeleteSome = (limit: number) => Promise<number>

/** A commit of so many rows holds their locks for some milliseconds. */
const BATCH = 500
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const CALLS_FOR_MS = 90 * DAY_MS
/** Long enough to answer whether somebody was told. */
const DELIVERED_FOR_MS = 7 * DAY_MS
/** Long enough to notice, and to send them after all. */
const DEAD_FOR_MS = 30 * DAY_MS

/** Deletes what has reached its age, within some minutes. */
export function retention(name: string, deleteSome: DeleteSome, onDeleted: (count: number) => void): DueSource {
  return {
    name,
    everyMs: 10 * MINUTE_MS,
    async look() {
      const deleted = await deleteSome(BATCH)
      if (deleted > 0) onDeleted(deleted)
      return deleted === BATCH
    },
  }
}

/** What happened call by call is of interest for as long as anybody asks about a registration. */
export function callRetention(deleteOldCalls: (ms: number, limit: number) => Promise<number>): DueSource {
  return retention(
    'calls',
    (limit) => deleteOldCalls(CALLS_FOR_MS, limit),
    () => undefined,
  )
}

/** Events that were delivered, or given up, are deleted when nobody asks for them any more. */
export function eventRetention(
  deleteFinished: (deliveredForMs: number, deadForMs: number, limit: number) => Promise<number>,
): DueSource {
  return retention(
    'events',
    (limit) => deleteFinished(DELIVERED_FOR_MS, DEAD_FOR_MS, limit),
    () => undefined,
  )
}

/** Tells whenever more registrations wait for a person than before. */
export function countStuck(count: () => Promise<number>, onMore: (stuck: number) => void): DueSource {
  let before = 0
  return {
    name: 'stuck',
    everyMs: 5_000,
    async look() {
      const stuck = await count()
      if (stuck > before) onMore(stuck)
      before = stuck
      return false
    },
  }
}
