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

it('finds the same filters again at the place that it made of them', () => {
  for (const filters of [all, NO_FILTERS]) {
    const { search, state } = placeOf(filters)
    expect(filtersAt(search, state)).toEqual(filters)
  }
})

it('keeps e-mails out of the address', () => {
  const { search } = placeOf(all)
  expect(decodeURIComponent(search)).not.toContain('ann')
  expect(search).not.toMatch(/mail/i)
})

it('takes an address that somebody has changed for what can be read of it', () => {
  expect(filtersAt('?status=stuck&status=lost&from=yesterday&email=a@b.c', 'nonsense')).toEqual({
    ...NO_FILTERS,
    statuses: ['stuck'],
  })
})

it('counts what narrows the list, and not where its page begins', () => {
  expect(countFilters(NO_FILTERS)).toBe(0)
  expect(countFilters({ ...NO_FILTERS, after: 'x' })).toBe(0)
  expect(countFilters(all)).toBe(7)
})
