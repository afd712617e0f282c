import { expect, it } from 'vitest'
import { deliveryOutcome } from './delivery-outcome.ts'
import { nextPause } from './next-pause.ts'

const answered = (status: number, retryAfterMs: number | null = null) => ({ status, retryAfterMs })

it.each([200, 202, 204])('an event is delivered with status %s', (status) => {
  expect(deliveryOutcome(answered(status), 1).to).toBe('delivered')
})

it.each([301, 400, 401, 404, 429, 500, 503])('an event is tried again after status %s', (status) => {
  expect(deliveryOutcome(answered(status), 1).to).toBe('waiting')
})

it('an event is dead after status 410, or after three days of attempts', () => {
  expect(deliveryOutcome(answered(410), 1).to).toBe('dead')
  let attempt = 1
  let totalMs = 0
  for (
    let end = deliveryOutcome(answered(500), attempt);
    end.to === 'waiting';
    end = deliveryOutcome(answered(500), ++attempt)
  )
    totalMs += end.pauseMs
  expect(attempt).toBe(12)
  expect(totalMs / 86_400_000).toBeGreaterThan(2.3)
  expect(totalMs / 86_400_000).toBeLessThan(3.6)
})

it('the pause is at least as long as the endpoint asks, up to a day', () => {
  expect(deliveryOutcome(answered(503, 3_600_000), 1)).toMatchObject({ pauseMs: 3_600_000 })
  expect(deliveryOutcome(answered(503, 1e12), 1)).toMatchObject({ pauseMs: 86_400_000 })
  expect(deliveryOutcome({ status: null, error: 'ECONNREFUSED' }, 1, () => 7)).toMatchObject({
    pauseMs: 7,
    error: 'ECONNREFUSED',
  })
})

it('pauses vary by a fifth', () => {
  expect([nextPause(1, () => 0), nextPause(1, () => 1)]).toEqual([4_000, 6_000])
})
