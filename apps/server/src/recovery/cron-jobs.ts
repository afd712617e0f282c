import type { Job } from './create-job-loop.ts'

/** Deletes at most `limit` rows past their retention and returns their number; 0 if another replica is doing it. */
type DeleteSome = (limit: number) => Promise<number>

/** Rows deleted per commit, which holds their locks for some milliseconds. */
const BATCH = 500
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const CALLS_FOR_MS = 90 * DAY_MS
/** Long enough to answer whether an app got an event. */
const DELIVERED_FOR_MS = 7 * DAY_MS
/** Long enough to notice dead events and send them again. */
const DEAD_FOR_MS = 30 * DAY_MS

/** Deletes rows within minutes after their retention ends. */
export function retention(name: string, deleteSome: DeleteSome, onDeleted: (count: number) => void): Job {
  return {
    name,
    everyMs: 10 * MINUTE_MS,
    async run() {
      const deleted = await deleteSome(BATCH)
      if (deleted > 0) onDeleted(deleted)
      return deleted === BATCH
    },
  }
}

/** Deletes the history of calls after 90 days. */
export function callRetention(deleteOldCalls: (ms: number, limit: number) => Promise<number>): Job {
  return retention(
    'calls',
    (limit) => deleteOldCalls(CALLS_FOR_MS, limit),
    () => undefined,
  )
}

/** Deletes delivered events after 7 days and dead ones after 30. */
export function eventRetention(
  deleteFinished: (deliveredForMs: number, deadForMs: number, limit: number) => Promise<number>,
): Job {
  return retention(
    'events',
    (limit) => deleteFinished(DELIVERED_FOR_MS, DEAD_FOR_MS, limit),
    () => undefined,
  )
}

/** Calls `onMore` whenever the number of stuck registrations has grown. */
export function countStuck(count: () => Promise<number>, onMore: (stuck: number) => void): Job {
  let before = 0
  return {
    name: 'stuck',
    everyMs: 5_000,
    async run() {
      const stuck = await count()
      if (stuck > before) onMore(stuck)
      before = stuck
      return false
    },
  }
}
