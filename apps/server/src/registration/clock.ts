/** The process's own clocks, for its waits and time-outs. The database's clock times everything that other processes rely on. */
export interface Clock {
  /** The monotonic clock: milliseconds since some instant in the past. Never jumps, and stands still with a suspended machine. */
  now(): number
  /** The wall clock: milliseconds since 1970. Goes on while the machine is suspended, and jumps when it is set. */
  wall(): number
  /** Resolves after `ms`, or as soon as `signal` is aborted. Keeps no process alive. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `act` after `ms`, unless the returned function is called before. Keeps no process alive. */
  after(ms: number, act: () => void): () => void
}

/**
 * Measures from now on, by the clock that shows more: only the wall clock shows that a virtual machine was suspended.
 *
 * @returns the time that has passed at least, in milliseconds
 */
export function startStopwatch(clock: Pick<Clock, 'now' | 'wall'>): () => number {
  const now = clock.now()
  const wall = clock.wall()
  return () => Math.max(clock.now() - now, clock.wall() - wall)
}

/** A clock's `pause`, made of its `after`. */
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

/**
 * Resolves as the work does, or with `instead()` once `ms` have passed. The work still goes on then.
 *
 * Every registration waits here, thousands at once: a plain promise and a timer need less memory than a race against an
 * abortable pause.
 */
export function withinDeadline<Result>(
  clock: Clock,
  ms: number,
  work: Promise<Result>,
  instead: () => Result,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => {
      try {
        resolve(instead())
      } catch (error) {
        reject(error)
      }
    })
    const inTime =
      <Value>(end: (value: Value) => void) =>
      (value: Value) => {
        cancel()
        end(value)
      }
    work.then(inTime(resolve), inTime(reject))
  })
}

/** Timers beyond 2^31 ms fire at once. */
const LONGEST_MS = 2 ** 31 - 1

function after(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, Math.min(Math.max(ms, 0), LONGEST_MS)).unref()
  return () => clearTimeout(timer)
}

export const processClock: Clock = { now: () => performance.now(), wall: Date.now, pause: pauseBy(after), after }
