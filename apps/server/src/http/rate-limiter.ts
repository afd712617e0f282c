import { LRUCache } from 'lru-cache'
import type { RateLimit } from '../config/config.ts'

/** How a caller stands after taking one. */
export interface Allowance {
  allowed: boolean
  limit: number
  remaining: number
  /** Until the window ends and the count begins anew, in milliseconds. */
  resetMs: number
}

/** Counts per key within fixed windows. Each process counts for itself. */
export interface RateLimiter {
  /** Takes one, where there is one left. Undefined where limits are off. */
  take(key: string): Allowance | undefined
  /** Gives back one that turned out not to count. */
  giveBack(key: string): void
}

interface Window {
  taken: number
  until: number
}

/**
 * Keys remembered at once, some tens of megabytes. A flood of more of them costs the oldest their count, and the
 * process no memory; the limiters that can be had from libraries keep every key, each with a timer of its own.
 */
const MAX_KEYS = 100_000

/** @param now milliseconds of a clock that never jumps */
export function createRateLimiter(limit: RateLimit, now: () => number): RateLimiter {
  if (!limit) return { take: () => undefined, giveBack: () => undefined }
  const { max, perMs } = limit
  const windows = new LRUCache<string, Window>({ max: MAX_KEYS })

  function windowOf(key: string): Window {
    const known = windows.get(key)
    if (known && known.until > now()) return known
    const fresh = { taken: 0, until: now() + perMs }
    windows.set(key, fresh)
    return fresh
  }

  return {
    take(key) {
      const window = windowOf(key)
      const allowed = window.taken < max
      if (allowed) window.taken++
      return { allowed, limit: max, remaining: max - window.taken, resetMs: window.until - now() }
    },
    giveBack(key) {
      const window = windowOf(key)
      if (window.taken > 0) window.taken--
    },
  }
}
