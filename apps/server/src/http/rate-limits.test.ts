import type { FastifyReply } from 'fastify'
import { describe, expect, it, vi } from 'vitest'
import { createCallerLimit, createRateLimiter } from './rate-limits.ts'

const once = { rateLimitIp: { max: 1, perMs: 60_000 }, rateLimitInternal: { max: 2, perMs: 60_000 } }

function limiter() {
  const limit = createCallerLimit(once, () => 0)
  const headers = vi.fn()
  const reply = { header: headers } as unknown as FastifyReply
  return { headers, call: (ip: string, app?: string) => limit({ requestId: 'r', ip, app, origin: undefined }, reply) }
}

describe('createCallerLimit', () => {
  it('all addresses of one IPv6 /64 count as one caller', () => {
    const { call } = limiter()
    call('2001:db8:1:2::1')
    expect(() => call('2001:db8:1:2:ffff::9')).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED', retryAfterMs: 60_000 }),
    )
    expect(() => call('2001:db8:1:3::1')).not.toThrow()
  })

  it('each IPv4 address counts separately', () => {
    const { call } = limiter()
    call('192.0.2.1')
    expect(() => call('192.0.2.2')).not.toThrow()
    expect(() => call('192.0.2.1')).toThrow()
  })

  it('an internal app counts by its key, not by its address', () => {
    const { call } = limiter()
    call('192.0.2.1', 'crm')
    call('192.0.2.2', 'crm')
    expect(() => call('192.0.2.3', 'crm')).toThrow()
    expect(() => call('192.0.2.1', 'shop')).not.toThrow()
  })

  it('the headers say how many requests are left', () => {
    const { call, headers } = limiter()
    call('192.0.2.1')
    expect(headers.mock.calls).toEqual([
      ['ratelimit-limit', 1],
      ['ratelimit-remaining', 0],
      ['ratelimit-reset', 60],
    ])
  })
})

describe('createRateLimiter', () => {
  it('a key beyond its limit is refused until its window ends; other keys are not', () => {
    let now = 0
    const limiter = createRateLimiter({ max: 2, perMs: 1_000 }, () => now)
    expect(limiter.take('a')).toMatchObject({ allowed: true, remaining: 1 })
    expect(limiter.take('a')).toMatchObject({ allowed: true, remaining: 0 })
    now = 400
    expect(limiter.take('a')).toEqual({ allowed: false, limit: 2, remaining: 0, resetMs: 600 })
    expect(limiter.take('b')).toMatchObject({ allowed: true })
    now = 1_000
    expect(limiter.take('a')).toMatchObject({ allowed: true, remaining: 1 })
  })

  it('a request that was given back can be taken again', () => {
    const limiter = createRateLimiter({ max: 1, perMs: 1_000 }, () => 0)
    limiter.take('a')
    limiter.giveBack('a')
    expect(limiter.take('a')?.allowed).toBe(true)
    limiter.giveBack('unknown')
    expect(limiter.take('unknown')).toMatchObject({ allowed: true, remaining: 0 })
  })

  it('a flood of keys drops the oldest counts instead of using more memory', () => {
    const limiter = createRateLimiter({ max: 1, perMs: 1_000 }, () => 0)
    limiter.take('first')
    for (let caller = 0; caller < 100_000; caller++) limiter.take(`${caller}`)
    expect(limiter.take('99999')?.allowed).toBe(false)
    expect(limiter.take('first')?.allowed).toBe(true)
  })

  it('a limit that is off allows every request', () => {
    expect(createRateLimiter(undefined, () => 0).take('a')).toBeUndefined()
  })
})
