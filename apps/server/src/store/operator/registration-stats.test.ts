import { expect, it } from 'vitest'
import { bucketWidth } from './registration-stats.ts'

const HOUR_MS = 3_600_000

it.each([
  [1, HOUR_MS / 60],
  [24, HOUR_MS / 2],
  [7 * 24, 3 * HOUR_MS],
  [30 * 24, 12 * HOUR_MS],
  [20 * 365 * 24, 18 * 168 * HOUR_MS],
])('a range of %i hours has a bucket width of %i ms', (hours, width) => {
  expect(bucketWidth(hours * HOUR_MS)).toBe(width)
})
