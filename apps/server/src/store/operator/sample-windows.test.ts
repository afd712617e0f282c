import { expect, it } from 'vitest'
import { sampleWindows } from './sample-windows.ts'

const HOUR_MS = 3_600_000
const range = { fromMs: Date.UTC(2026, 2, 1), toMs: Date.UTC(2026, 2, 3) }

it('is the whole range where all of it may be looked at', () => {
  expect(sampleWindows(range, HOUR_MS, 1)).toEqual([range])
})

it.each([0.5, 0.1, 0.003])('looks at a share of %f, within the range, in order and without overlap', (share) => {
  const windows = sampleWindows(range, HOUR_MS, share)
  expect(windows).toHaveLength(48 * 8)
  let endMs = range.fromMs
  for (const { fromMs, toMs } of windows) {
    expect(fromMs).toBeGreaterThanOrEqual(endMs)
    endMs = toMs
  }
  expect(endMs).toBeLessThanOrEqual(range.toMs)
  const lookedAtMs = windows.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
  expect(lookedAtMs / (range.toMs - range.fromMs)).toBeCloseTo(share, 5)
})

it('looks at the same instants again when the range moves on', () => {
  const later = { fromMs: range.fromMs + HOUR_MS, toMs: range.toMs + HOUR_MS }
  const both = new Set(sampleWindows(range, HOUR_MS, 0.1).map(({ fromMs }) => fromMs))
  expect(sampleWindows(later, HOUR_MS, 0.1).filter(({ fromMs }) => both.has(fromMs))).toHaveLength(47 * 8)
})

it('falls into no step with what happens at the same minute of every slot', () => {
  const offsets = sampleWindows(range, HOUR_MS, 0.1).map(({ fromMs }) => (fromMs % (HOUR_MS / 8)) / (HOUR_MS / 8))
  for (const quarter of [0, 0.25, 0.5]) {
    const within = offsets.filter((offset) => offset >= quarter * 0.9 && offset < (quarter + 0.25) * 0.9)
    expect(within.length / offsets.length).toBeCloseTo(0.25, 1)
  }
})
