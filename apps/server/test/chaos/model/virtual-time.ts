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
  work<Result>(task: () => Promise<Result>): Promise<Result>
  /**
   * Lets time pass until the promise is settled.
   *
   * @throws Error when it never will be: nobody works, and nobody waits for any instant
   */
  until<Result>(promise: Promise<Result>): Promise<Result>
}

interface Sleeper {
  at: number
  wake: () => void
}

export function createVirtualTime(): VirtualTime {
  let now = 0
  const sleepers: Sleeper[] = []
  let lastTask: Promise<unknown> = Promise.resolve()
  let working = 0

  function after(ms: number, wake: () => void): () => void {
    const sleeper: Sleeper = { at: now + Math.max(ms, 0), wake }
    let index = sleepers.length
    while (index > 0 && (sleepers[index - 1] as Sleeper).at > sleeper.at) index--
    sleepers.splice(index, 0, sleeper)
    return () => {
      const waiting = sleepers.indexOf(sleeper)
      if (waiting >= 0) sleepers.splice(waiting, 1)
    }
  }

  return {
    get now() {
      return now
    },
    pause: pauseBy(after),
    after,
    work(task) {
      working++
      const result = lastTask.then(task)
      lastTask = result.then(
        () => void working--,
        () => void working--,
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
        await everythingElse()
        if (settled) return promise
        if (working > 0) {
          await lastTask
          continue
        }
        const next = sleepers.shift()
        if (!next) throw new Error('Time stands still: nobody works, and nobody waits for any instant.')
        now = next.at
        next.wake()
      }
    },
  }
}

/** Whatever can go on without time passing has gone on when a turn of the event loop is over. */
const everythingElse = () => new Promise<void>((resolve) => setImmediate(resolve))
