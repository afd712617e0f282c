import { expect, it, vi } from 'vitest'
import { retryAfterMsOf } from './webhook-client.ts'

it.each([
  ['seconds', '120', 120_000],
  ['a date', 'Tue, 01 Dec 2026 10:02:00 GMT', 120_000],
  ['a date that has passed', 'Tue, 01 Dec 2026 09:00:00 GMT', null],
  ['nonsense', 'soon', null],
  ['nothing', undefined, null],
])('a webhook endpoint’s Retry-After of %s', (_, header, ms) => {
  vi.useFakeTimers({ now: new Date('2026-12-01T10:00:00Z') })
  try {
    expect(retryAfterMsOf(header)).toBe(ms)
  } finally {
    vi.useRealTimers()
  }
})
