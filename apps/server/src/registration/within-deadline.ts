import type { Clock } from './clock.ts'

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
