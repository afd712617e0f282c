import type { Clock } from '../registration/clock.ts'
import type { Job } from './create-job-loop.ts'

export interface SlidingWindowOptions<Item> {
  name: string
  everyMs: number
  clock: Pick<Clock, 'pause'>
  /** How many items may be in progress now. */
  limit(): number
  /** Claims at most `free` due items, so that no other process takes them. */
  claim(free: number): Promise<readonly Item[]>
  /** Handles one item. Must not reject. */
  handle(item: Item): Promise<void>
}

/** Items that end within this time are replaced by one statement. */
const BATCH_WITHIN_MS = 10

/** Keeps up to `limit` items in progress and replaces each one when it ends, so that a slow item doesn't delay others. */
export function slidingWindow<Item>({ name, everyMs, clock, limit, claim, handle }: SlidingWindowOptions<Item>): Job {
  const inProgress = new Set<Promise<void>>()

  /** Resolves when an item has ended. */
  async function waitForOne(): Promise<void> {
    await Promise.race(inProgress)
    await clock.pause(BATCH_WITHIN_MS)
  }

  return {
    name,
    everyMs,
    async run() {
      const free = limit() - inProgress.size
      if (free > 0) {
        const items = await claim(free)
        for (const item of items) {
          const work: Promise<void> = handle(item).finally(() => inProgress.delete(work))
          inProgress.add(work)
        }
        if (items.length < free) return false
      }
      if (inProgress.size === 0) return false
      await waitForOne()
      return true
    },
    finish: () => Promise.all(inProgress),
  }
}
