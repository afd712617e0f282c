import { expect, it } from 'vitest'
import { type EventFilters, eventFiltersAt, isNarrowed, NO_EVENT_FILTERS, searchOf } from './event-filters.ts'

const all: EventFilters = {
  states: ['dead', 'waiting'],
  types: ['registration.rejected', 'registration.link_recovered'],
  endpoint: 'crm.eu-1',
  registrationId: '019a0000-0000-7000-8000-000000000001',
  after: '019a0000-0000-7000-8000-000000000001:crm.eu-1',
}

it('filters survive the round trip through the address', () => {
  for (const filters of [all, NO_EVENT_FILTERS]) expect(eventFiltersAt(searchOf(filters))).toEqual(filters)
})

it('invalid values in the address are ignored', () => {
  expect(eventFiltersAt('?state=lost&state=dead&type=x')).toEqual({ ...NO_EVENT_FILTERS, states: ['dead'] })
})

it('the cursor is not a filter', () => {
  expect(isNarrowed({ ...NO_EVENT_FILTERS, after: 'x' })).toBe(false)
  expect(isNarrowed({ ...NO_EVENT_FILTERS, types: all.types })).toBe(true)
  expect(isNarrowed({ ...NO_EVENT_FILTERS, endpoint: 'crm' })).toBe(true)
})
