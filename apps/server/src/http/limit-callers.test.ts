import type { FastifyReply } from 'fastify'
import { describe, expect, it, vi } from 'vitest'
import { createLimitCallers } from './limit-callers.ts'

const once = { rateLimitIp: { max: 1, perMs: 60_000 }, rateLimitInternal: { max: 2, perMs: 60_000 } }

function limiter() {
  const limit = createLimitCallers(once, () => 0)
  const headers = vi.fn()
  const reply = { header: headers } as unknown as FastifyReply
  return { headers, call: (ip: string, app?: string) => limit({ requestId: 'r', ip, app, origin: undefined }, reply) }
}

describe('createLimitCallers', () => {
  it('counts every address of one IPv6 /64 as one caller', () => {
    const { call } = limiter()
    call('2001:db8:1:2::1')
    expect(() => call('2001:db8:1:2:ffff::9')).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED', retryAfterMs: 60_000 }),
    )
    expect(() => call('2001:db8:1:3::1')).not.toThrow()
  })

  it('counts IPv4 addresses one by one', () => {
    const { call } = limiter()
    call('192.0.2.1')
    expect(() => call('192.0.2.2')).not.toThrow()
    expect(() => call('192.0.2.1')).toThrow()
  })

  it('counts an internal app by its key, not by its address', () => {
    const { call } = limiter()
    call('192.0.2.1', 'crm')
    call('192.0.2.2', 'crm')
    expect(() => call('192.0.2.3', 'crm')).toThrow()
    expect(() => call('192.0.2.1', 'shop')).not.toThrow()
  })

  it('tells how many are left', () => {
    const { call, headers } = limiter()
    call('192.0.2.1')
    expect(headers.mock.calls).toEqual([
      ['ratelimit-limit', 1],
      ['ratelimit-remaining', 0],
      ['ratelimit-reset', 60],
    ])
  })
})
