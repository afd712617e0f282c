import { expect, it } from 'vitest'
import { boundsOf, type Period, periodIn, searchOf } from './range.ts'

const march: Period = { range: 'free', from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' }

it('a period survives the round trip through the address', () => {
  for (const period of [march, { ...march, to: '' }, { range: '7d', from: '', to: '' } as const]) {
    expect(periodIn(searchOf(period))).toEqual(period)
  }
})

it.each(['', '?range=2y', '?from=yesterday', '?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z'])(
  'takes %j, which nobody could have chosen, for a day',
  (search) => {
    expect(periodIn(search)).toEqual({ range: '24h', from: '', to: '' })
  },
)

it('a period without an end ends now', () => {
  const now = new Date('2026-03-08T00:00:00.000Z')
  expect(boundsOf(march, now)).toEqual({ from: new Date(march.from), to: new Date(march.to) })
  expect(boundsOf({ ...march, to: '' }, now).to).toEqual(now)
  expect(boundsOf({ range: '7d', from: '', to: '' }, now)).toEqual({ from: new Date(march.from), to: now })
})
