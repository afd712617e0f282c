import type { Clock } from './registration/clock.ts'

/** Timers beyond 2^31 ms fire at once. */
const LONGEST_MS = 2 ** 31 - 1

export const processClock: Clock = {
  now: () => performance.now(),
  pause: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = () => {
        cancel()
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const cancel = processClock.after(ms, done)
      signal?.addEventListener('abort', done, { once: true })
    }),
  after(ms, act) {
    const timer = setTimeout(act, Math.min(Math.max(ms, 0), LONGEST_MS)).unref()
    return () => clearTimeout(timer)
  },
}
