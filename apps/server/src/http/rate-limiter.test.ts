import { describe, expect, it } from 'vitest'
import { createRateLimiter } from './rate-limiter.ts'

describe('createRateLimiter', () => {
  it('refuses beyond the limit until the window ends, each key for itself', () => {
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

  it('counts anew what was given back', () => {
    const limiter = createRateLimiter({ max: 1, perMs: 1_000 }, () => 0)
    limiter.take('a')
    limiter.giveBack('a')
    expect(limiter.take('a')?.allowed).toBe(true)
    limiter.giveBack('unknown')
    expect(limiter.take('unknown')).toMatchObject({ allowed: true, remaining: 0 })
  })

  it('forgets the oldest in a flood of callers, and takes no more memory for them', () => {
    const limiter = createRateLimiter({ max: 1, perMs: 1_000 }, () => 0)
    limiter.take('first')
    for (let caller = 0; caller < 100_000; caller++) limiter.take(`${caller}`)
    expect(limiter.take('99999')?.allowed).toBe(false)
    expect(limiter.take('first')?.allowed).toBe(true)
  })

  it('lets everybody through when it is off', () => {
    expect(createRateLimiter(undefined, () => 0).take('a')).toBeUndefined()
  })
})
