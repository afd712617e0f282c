import { expect, it } from 'vitest'
import { countFilters, type Filters, filtersAt, NO_FILTERS, placeOf } from './filters.ts'

const all: Filters = {
  statuses: ['stuck', 'rejected'],
  code: 'MULTIPLE_ACCOUNTS',
  tag: 'a&b=c',
  clickId: '4 2',
  from: '2026-03-01T00:00:00.000Z',
  to: '2026-03-02T00:00:00.000Z',
  email: 'ann@example.com',
  after: 'cursor+/=',
}

it('filters survive the round trip through the location', () => {
  for (const filters of [all, NO_FILTERS]) {
    const { search, state } = placeOf(filters)
    expect(filtersAt(search, state)).toEqual(filters)
  }
})

it('the address contains no e-mail', () => {
  const { search } = placeOf(all)
  expect(decodeURIComponent(search)).not.toContain('ann')
  expect(search).not.toMatch(/mail/i)
})

it('invalid values in the address are ignored', () => {
  expect(filtersAt('?status=stuck&status=lost&from=yesterday&email=a@b.c', 'nonsense')).toEqual({
    ...NO_FILTERS,
    statuses: ['stuck'],
  })
})

it('the cursor is not counted as a filter', () => {
  expect(countFilters(NO_FILTERS)).toBe(0)
  expect(countFilters({ ...NO_FILTERS, after: 'x' })).toBe(0)
  expect(countFilters(all)).toBe(7)
})
