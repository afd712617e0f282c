import { isIPv4 } from 'node:net'
import type { FastifyReply } from 'fastify'
import ipaddr from 'ipaddr.js'
import type { Config } from '../config/config.ts'
import { Refusal } from '../registration/refusal.ts'
import type { Caller } from './caller.ts'
import { createRateLimiter } from './rate-limiter.ts'

/**
 * Counts a caller's request, and tells how many are left.
 *
 * @throws Refusal `RATE_LIMITED`
 */
export type LimitCallers = (caller: Caller, reply: FastifyReply) => void

/** Visitors are counted by address, internal apps by their key. */
export function createLimitCallers(
  config: Pick<Config, 'rateLimitIp' | 'rateLimitInternal'>,
  now: () => number,
  onLimited: (limiter: 'ip' | 'internal') => void = () => undefined,
): LimitCallers {
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
    throw new Refusal('RATE_LIMITED', { retryAfterMs: resetMs })
  }
}

/** Whoever has one IPv6 address has the 2^64 beside it too. */
function networkOf(ip: string): string {
  if (isIPv4(ip)) return ip
  return ipaddr.IPv6.networkAddressFromCIDR(`${ip}/64`).toString()
}
