import { isIPv4 } from 'node:net'
import type { FastifyReply } from 'fastify'
import ipaddr from 'ipaddr.js'
import { LRUCache } from 'lru-cache'
import type { Config, RateLimit } from '../config/config.ts'
import { ApiError } from '../registration/api-error.ts'
import type { EmailQuota } from '../registration/ports.ts'
import { foldEmail } from '../registration/registration.ts'
import type { Caller } from './caller.ts'

/** @param onLimited called whenever an e-mail has reached its limit */
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
 * Counts a caller's request and sets the `ratelimit-*` headers.
 *
 * @throws ApiError `RATE_LIMITED`
 */
export type CallerLimit = (caller: Caller, reply: FastifyReply) => void

/** Counts visitors by address and internal apps by key. */
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

/** IPv6 addresses count by their /64 network, since one client usually controls all of it. */
function networkOf(ip: string): string {
  if (isIPv4(ip)) return ip
  return ipaddr.IPv6.networkAddressFromCIDR(`${ip}/64`).toString()
}

/** The state of a limit after one request was counted. */
export interface Allowance {
  allowed: boolean
  limit: number
  remaining: number
  /** Milliseconds until the window ends and the count restarts. */
  resetMs: number
}

/** Counts requests per key in fixed windows. Each process counts separately. */
export interface RateLimiter {
  /** Counts one request, if the limit allows it. Undefined if limits are off. */
  take(key: string): Allowance | undefined
  /** Uncounts one request. */
  giveBack(key: string): void
}

interface Window {
  taken: number
  until: number
}

/**
 * Keys in memory, some tens of megabytes. When more arrive, the least recently used lose their count, and memory stays
 * bounded. Limiters from libraries keep every key, each with its own timer.
 */
const MAX_KEYS = 100_000

/** @param now milliseconds of a monotonic clock */
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
