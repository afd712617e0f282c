import { describe, expect, it } from 'vitest'
import { createRetryPauses } from './retry-pauses.ts'

describe('createRetryPauses', () => {
  const middle = createRetryPauses(() => 0.5)

  it('doubles the pause with each attempt', () => {
    expect([1, 2, 3, 4].map(middle.next)).toEqual([300, 600, 1_200, 2_400])
  })

  it('pauses for five minutes at most', () => {
    expect([11, 100, 1_000_000].map(middle.next)).toEqual([300_000, 300_000, 300_000])
  })

  it('has a jitter of 25% in both directions', () => {
    expect(createRetryPauses(() => 0).next(1)).toBe(225)
    expect(createRetryPauses(() => 0.999).next(1)).toBe(375)
  })
})
