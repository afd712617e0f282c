/** The process's own clocks. They measure patience; what others rely on is timed by the database. */
export interface Clock {
  /** The monotonic clock: milliseconds since some instant in the past. Never jumps, and stands still with a suspended machine. */
  now(): number
  /** The wall clock: milliseconds since 1970. Goes on while the machine is suspended, and jumps where it is set. */
  wall(): number
  /** Resolves after `ms`, or as soon as `signal` is aborted. Keeps no process alive. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `act` after `ms`, unless what it gave back is called before. Keeps no process alive. */
  after(ms: number, act: () => void): () => void
}

/**
 * Measures from now on, by the clock that shows more: a virtual machine that was suspended knows of it by its wall clock
 * alone.
 *
 * @returns how much time has passed at least, in milliseconds
 */
export function startStopwatch(clock: Pick<Clock, 'now' | 'wall'>): () => number {
  const now = clock.now()
  const wall = clock.wall()
  return () => Math.max(clock.now() - now, clock.wall() - wall)
}

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

/**
 * What the work comes to, or what there is to say once `ms` have passed. The work goes on all the same.
 *
 * Every registration waits here, thousands at once: a bare promise and a timer weigh less than a race against an
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
