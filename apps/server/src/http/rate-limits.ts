import { isIPv4 } from 'node:net'
import type { FastifyReply } from 'fastify'
import ipaddr from 'ipaddr.js'
import { LRUCache } from 'lru-cache'
import type { Config, RateLimit } from '../config/config.ts'
import { ApiError } from '../registration/api-error.ts'
import type { EmailQuota } from '../registration/ports.ts'
import { foldEmail } from '../registration/registration.ts'
import type { Caller } from './caller.ts'

/** @param onLimited is told of every e-mail that has none left */
export function createEmailQuota(
  limit: RateLimit,
  now: () => number,
  onLimited: () => void = () => undefined,
): EmailQuota {
  const limiter = createRateLimiter(limit, now)
  return {
    take(email) {
      const allowance = limiter.take(foldEmail(email))
      if (!allowance || allowance.allowed) return undefined
      onLimited()
      return { retryAfterMs: allowance.resetMs }
    },
    giveBack: (email) => limiter.giveBack(foldEmail(email)),
  }
}

/**
 * Counts a caller's request, and tells how many are left.
 *
 * @throws ApiError `RATE_LIMITED`
 */
export type CallerLimit = (caller: Caller, reply: FastifyReply) => void

/** Visitors are counted by address, internal apps by their key. */
export function createCallerLimit(
  config: Pick<Config, 'rateLimitIp' | 'rateLimitInternal'>,
  now: () => number,
  onLimited: (limiter: 'ip' | 'internal') => void = () => undefined,
): CallerLimit {
  const byAddress = createRateLimiter(config.rateLimitIp, now)
  const byApp = createRateLimiter(config.rateLimitInternal, now)
  return ({ app, ip }, reply) => {
    const allowance = app === undefined ? byAddress.take(networkOf(ip)) : byApp.take(app)
    if (!allowance) return
    const { allowed, limit, remaining, resetMs } = allowance
    reply.header('ratelimit-limit', limit)
    reply.header('ratelimit-remaining', remaining)
    reply.header('ratelimit-reset', Math.ceil(resetMs / 1_000))
    if (allowed) return
    onLimited(app === undefined ? 'ip' : 'internal')
    throw new ApiError('RATE_LIMITED', { retryAfterMs: resetMs })
  }
}

/** Whoever has one IPv6 address has the 2^64 beside it too. */
function networkOf(ip: string): string {
  if (isIPv4(ip)) return ip
  return ipaddr.IPv6.networkAddressFromCIDR(`${ip}/64`).toString()
}

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
