import { type Clock, pauseBy } from './registration/clock.ts'

/** Timers beyond 2^31 ms fire at once. */
const LONGEST_MS = 2 ** 31 - 1

function after(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, Math.min(Math.max(ms, 0), LONGEST_MS)).unref()
  return () => clearTimeout(timer)
}

export const processClock: Clock = { now: () => performance.now(), wall: Date.now, pause: pauseBy(after), after }
