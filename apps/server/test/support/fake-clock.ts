import { type Clock, pauseBy } from '../../src/registration/clock.ts'

/** A clock that only `advance` moves. */
export interface FakeClock extends Clock {
  /** Moves the clock by `ms` and runs all timers that become due, in their order, including those that start meanwhile. */
  advance(ms: number): Promise<void>
}

interface Timer {
  at: number
  run: () => void
}

export function createFakeClock(): FakeClock {
  let now = 0
  const timers = new Set<Timer>()

  function after(ms: number, act: () => void): () => void {
    const timer: Timer = {
      at: now + Math.max(ms, 0),
      run: () => {
        timers.delete(timer)
        act()
      },
    }
    timers.add(timer)
    return () => timers.delete(timer)
  }

  return {
    now: () => now,
    wall: () => now,
    pause: pauseBy(after),
    after,
    async advance(ms) {
      const until = now + ms
      for (;;) {
        await pendingPromises()
        const [next] = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
        if (!next) break
        now = Math.max(now, next.at)
        next.run()
      }
      now = until
    },
  }
}

/** Resolves on the next turn of the event loop, when all resolved promises have run their callbacks. */
function pendingPromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
