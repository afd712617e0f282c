import type { Clock } from './clock.ts'

/** A clock's `pause`, by what it calls after some time. */
export function pauseBy(after: Clock['after']): Clock['pause'] {
  return (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const end = () => {
        cancel()
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const cancel = after(ms, end)
      signal?.addEventListener('abort', end, { once: true })
    })
}
