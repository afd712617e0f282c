import type { Clock } from '../registration/clock.ts'
import type { DueSource } from './create-due-loop.ts'

export interface SlidingWindowOptions<Item> {
  name: string
  everyMs: number
  clock: Pick<Clock, 'pause'>
  /** How many may be under way at once, at the moment. */
  most(): number
  /** Takes what is due, at most `room`, so that nobody else does. */
  take(room: number): Promise<readonly Item[]>
  /** Sees to one of them. Must not reject. */
  handle(item: Item): Promise<void>
}

/** What ends together with others is replaced together with them: one statement instead of many. */
const GATHER_MS = 10

/** Keeps so many things under way, each replaced when it is over: one that is slow holds up no other. */
export function slidingWindow<Item>({
  name,
  everyMs,
  clock,
  most,
  take,
  handle,
}: SlidingWindowOptions<Item>): DueSource {
  const underWay = new Set<Promise<void>>()

  /** Resolves when there is room again. */
  async function untilOneIsOver(): Promise<void> {
    await Promise.race(underWay)
    await clock.pause(GATHER_MS)
  }

  return {
    name,
    everyMs,
    async look() {
      const room = most() - underWay.size
      if (room > 0) {
        const items = await take(room)
        for (const item of items) {
          const work: Promise<void> = handle(item).finally(() => underWay.delete(work))
          underWay.add(work)
        }
        if (items.length < room) return false
      }
      if (underWay.size === 0) return false
      await untilOneIsOver()
      return true
    },
    finish: () => Promise.all(underWay),
  }
}
