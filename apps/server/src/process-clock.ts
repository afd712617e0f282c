import type { Clock } from './registration/clock.ts'

export const processClock: Clock = {
  now: () => performance.now(),
  pause: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      // Timers beyond 2^31 ms fire at once.
      const timer = setTimeout(done, Math.min(Math.max(ms, 0), 2 ** 31 - 1)).unref()
      signal?.addEventListener('abort', done, { once: true })
    }),
}
