import { describe, expect, it } from 'vitest'
import { createRetryPauses } from './retry-pauses.ts'

describe('createRetryPauses', () => {
  const middle = createRetryPauses(() => 0.5)

  it('doubles the pause with every attempt', () => {
    expect([1, 2, 3, 4].map(middle.next)).toEqual([300, 600, 1_200, 2_400])
  })

  it('never pauses longer than some minutes, however many attempts there were', () => {
    expect([11, 100, 1_000_000].map(middle.next)).toEqual([300_000, 300_000, 300_000])
  })

  it('spreads what failed together by a quarter to both sides', () => {
    expect(createRetryPauses(() => 0).next(1)).toBe(225)
    expect(createRetryPauses(() => 0.999).next(1)).toBe(375)
  })
})
