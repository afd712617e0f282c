import { expect, it } from 'vitest'
import { sampleWindows } from './sample-windows.ts'

const HOUR_MS = 3_600_000
const range = { fromMs: Date.UTC(2026, 2, 1), toMs: Date.UTC(2026, 2, 3) }

it('a share of 1 is the whole range', () => {
  expect(sampleWindows(range, HOUR_MS, 1)).toEqual([range])
})

it.each([0.5, 0.1, 0.003])('windows for a share of %f are in the range, in order and without overlap', (share) => {
  const windows = sampleWindows(range, HOUR_MS, share)
  expect(windows).toHaveLength(48 * 8)
  let endMs = range.fromMs
  for (const { fromMs, toMs } of windows) {
    expect(fromMs).toBeGreaterThanOrEqual(endMs)
    endMs = toMs
  }
  expect(endMs).toBeLessThanOrEqual(range.toMs)
  const sampledMs = windows.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
  expect(sampledMs / (range.toMs - range.fromMs)).toBeCloseTo(share, 5)
})

it('windows are at the same times when the range moves', () => {
  const later = { fromMs: range.fromMs + HOUR_MS, toMs: range.toMs + HOUR_MS }
  const both = new Set(sampleWindows(range, HOUR_MS, 0.1).map(({ fromMs }) => fromMs))
  expect(sampleWindows(later, HOUR_MS, 0.1).filter(({ fromMs }) => both.has(fromMs))).toHaveLength(47 * 8)
})

it('windows are spread evenly over the slots, so that periodic events do not distort the sample', () => {
  const offsets = sampleWindows(range, HOUR_MS, 0.1).map(({ fromMs }) => (fromMs % (HOUR_MS / 8)) / (HOUR_MS / 8))
  for (const quarter of [0, 0.25, 0.5]) {
    const within = offsets.filter((offset) => offset >= quarter * 0.9 && offset < (quarter + 0.25) * 0.9)
    expect(within.length / offsets.length).toBeCloseTo(0.25, 1)
  }
})
