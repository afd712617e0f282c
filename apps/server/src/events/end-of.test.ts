import { expect, it } from 'vitest'
import { endOf } from './end-of.ts'
import { nextPause } from './next-pause.ts'

const answered = (status: number, retryAfterMs: number | null = null) => ({ status, retryAfterMs })

it.each([200, 202, 204])('is delivered with %s', (status) => {
  expect(endOf(answered(status), 1).to).toBe('delivered')
})

it.each([301, 400, 401, 404, 429, 500, 503])('is tried again after %s', (status) => {
  expect(endOf(answered(status), 1).to).toBe('waiting')
})

it('is dead at once where the receiver says that it is gone for good, and after some three days of trying', () => {
  expect(endOf(answered(410), 1).to).toBe('dead')
  let attempt = 1
  let totalMs = 0
  for (let end = endOf(answered(500), attempt); end.to === 'waiting'; end = endOf(answered(500), ++attempt))
    totalMs += end.pauseMs
  expect(attempt).toBe(12)
  expect(totalMs / 86_400_000).toBeGreaterThan(2.3)
  expect(totalMs / 86_400_000).toBeLessThan(3.6)
})

it('waits at least as long as the receiver asks, and at most a day', () => {
  expect(endOf(answered(503, 3_600_000), 1)).toMatchObject({ pauseMs: 3_600_000 })
  expect(endOf(answered(503, 1e12), 1)).toMatchObject({ pauseMs: 86_400_000 })
  expect(endOf({ status: null, error: 'ECONNREFUSED' }, 1, () => 7)).toMatchObject({
    pauseMs: 7,
    error: 'ECONNREFUSED',
  })
})

it('spreads pauses by a fifth', () => {
  expect([nextPause(1, () => 0), nextPause(1, () => 1)]).toEqual([4_000, 6_000])
})
