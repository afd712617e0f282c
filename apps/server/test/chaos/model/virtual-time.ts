import { pauseBy } from '../../../src/registration/clock.ts'

/** Time that stands still while anybody works, and then jumps to the next instant that somebody waits for. */
export interface VirtualTime {
  /** Milliseconds since the world began. */
  readonly now: number
  /** Resolves after `ms`, or as soon as `signal` is aborted. Whoever waits for the same instant wakes in the order of asking. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `act` after `ms`, unless what it gave back is called before. */
  after(ms: number, act: () => void): () => void
  /** Real work, such as a query: one task after the other, in the order in which they came. Takes no time at all. */
  runTask<Result>(task: () => Promise<Result>): Promise<Result>
  /**
   * Lets time pass until the promise is settled.
   *
   * @throws Error when it never will be: nobody works, and nobody waits for any instant
   */
  runUntil<Result>(promise: Promise<Result>): Promise<Result>
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
    async runUntil(promise) {
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
        if (!next) throw new Error('Time stands still: nobody works, and nobody waits for any instant.')
        now = next.at
        next.wake()
      }
    },
  }
}

/** Whatever can go on without time passing has gone on when a turn of the event loop is over. */
const pendingPromises = () => new Promise<void>((resolve) => setImmediate(resolve))
