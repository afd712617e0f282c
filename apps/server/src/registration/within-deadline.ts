import type { Clock } from './clock.ts'

/** Without a reason an abort makes an error of its own, which costs more than all the rest here. */
const OVER = 'over'

/** What the work comes to, or what there is to say once `ms` have passed. The work goes on all the same. */
export async function withinDeadline<Result>(
  clock: Clock,
  ms: number,
  work: Promise<Result>,
  instead: () => Result,
): Promise<Result> {
  const waiting = new AbortController()
  const outOfTime = clock.pause(ms, waiting.signal).then(() => (waiting.signal.aborted ? work : instead()))
  try {
    return await Promise.race([work, outOfTime])
  } finally {
    waiting.abort(OVER)
  }
}
