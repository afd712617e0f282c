import { pauseBy } from '../../../src/registration/clock.ts'

/** Simulated time: it stands still while code runs, then jumps to the next timer. */
export interface VirtualTime {
  /** Milliseconds since the start. */
  readonly now: number
  /** Resolves after `ms`, or as soon as `signal` is aborted. Timers for the same time fire in the order of creation. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `act` after `ms`. @returns a function that cancels it */
  after(ms: number, act: () => void): () => void
  /** Runs real asynchronous work, such as a query. Tasks run one at a time, in order, and take no simulated time. */
  runTask<Result>(task: () => Promise<Result>): Promise<Result>
  /**
   * Advances the time until the promise is settled.
   *
   * @throws Error if it never will be: no task runs and no timer is left
   */
  until<Result>(promise: Promise<Result>): Promise<Result>
}

interface Timer {
  at: number
  wake: () => void
}

export function createVirtualTime(): VirtualTime {
  let now = 0
  const timers: Timer[] = []
  let lastTask: Promise<unknown> = Promise.resolve()
  let unfinishedTasks = 0

  function after(ms: number, wake: () => void): () => void {
    const sleeper: Timer = { at: now + Math.max(ms, 0), wake }
    let index = timers.length
    while (index > 0 && (timers[index - 1] as Timer).at > sleeper.at) index--
    timers.splice(index, 0, sleeper)
    return () => {
      const waiting = timers.indexOf(sleeper)
      if (waiting >= 0) timers.splice(waiting, 1)
    }
  }

  return {
    get now() {
      return now
    },
    pause: pauseBy(after),
    after,
    runTask(task) {
      unfinishedTasks++
      const result = lastTask.then(task)
      lastTask = result.then(
        () => void unfinishedTasks--,
        () => void unfinishedTasks--,
      )
      return result
    },
    async until(promise) {
      let settled = false
      const end = () => {
        settled = true
      }
      promise.then(end, end)
      for (;;) {
        await pendingPromises()
        if (settled) return promise
        if (unfinishedTasks > 0) {
          await lastTask
          continue
        }
        const next = timers.shift()
        if (!next) throw new Error('The promise can never settle: no task runs, and no timer is left.')
        now = next.at
        next.wake()
      }
    },
  }
}

/** After one turn of the event loop, everything that needs no timer has run. */
const pendingPromises = () => new Promise<void>((resolve) => setImmediate(resolve))
