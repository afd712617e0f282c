import { type Clock, pauseBy } from '../../src/registration/clock.ts'

/** A clock that goes when it is told to. */
export interface FakeClock extends Clock {
  /** Lets so much time pass, waking who pauses in the order of their instants, and what they do then. */
  advance(ms: number): Promise<void>
}

interface Timer {
  at: number
  wake: () => void
}

export function createFakeClock(): FakeClock {
  let now = 0
  const timers = new Set<Timer>()

  function after(ms: number, act: () => void): () => void {
    const sleeper: Timer = {
      at: now + Math.max(ms, 0),
      wake: () => {
        timers.delete(sleeper)
        act()
      },
    }
    timers.add(sleeper)
    return () => timers.delete(sleeper)
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
        next.wake()
      }
      now = until
    },
  }
}

/** Whatever promises had to say to each other has been said once the event loop turns. */
function pendingPromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
