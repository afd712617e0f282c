import { Refusal } from '../registration/refusal.ts'

/** The calls that this process is at work on, whether or not their callers still wait. */
export interface InFlight {
  /** @throws Refusal `OVERLOADED` when there are as many as there may be, or `stop` was called; nothing was begun. */
  run<T>(task: () => Promise<T>): Promise<T>
  readonly count: number
  /** Counts work that has outlived the call that began it. */
  keep(work: Promise<unknown>): void
  /** Refuses what comes from now on, and resolves once nothing is under way. */
  drain(): Promise<void>
}

/** A caller who was refused should give the ones before it a moment. */
const RETRY_AFTER_MS = 1_000

/** @param isCongested whether the database can't take more at the moment */
export function createInFlight(max: number, isCongested: () => boolean): InFlight {
  let count = 0
  const drained = Promise.withResolvers<void>()
  let draining = false

  function end(): void {
    count--
    if (draining && count === 0) drained.resolve()
  }

  return {
    get count() {
      return count
    },
    async run(task) {
      if (draining || count >= max || isCongested()) throw new Refusal('OVERLOADED', { retryAfterMs: RETRY_AFTER_MS })
      count++
      try {
        return await task()
      } finally {
        end()
      }
    },
    keep(work) {
      count++
      work.then(end, end)
    },
    drain() {
      draining = true
      if (count === 0) drained.resolve()
      return drained.promise
    },
  }
}
