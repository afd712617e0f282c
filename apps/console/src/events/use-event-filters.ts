import { useMemo } from 'react'
import { useLocation, useSearch } from 'wouter'
import { type EventFilters, eventFiltersAt, searchOf } from './event-filters.ts'

/** The filters of this address. A changed filter replaces the history entry; the next page adds one, so that going back works. */
export function useEventFilters(): {
  filters: EventFilters
  change(changed: Partial<EventFilters>): void
  turnTo(after: string): void
} {
  const search = useSearch()
  const [path, navigate] = useLocation()
  return useMemo(() => {
    const filters = eventFiltersAt(search)
    const go = (next: EventFilters, replace: boolean) => {
      const wanted = searchOf(next)
      navigate(wanted === '' ? path : `${path}?${wanted}`, { replace })
    }
    return {
      filters,
      change: (changed) => go({ ...filters, after: '', ...changed }, true),
      turnTo: (after) => go({ ...filters, after }, false),
    }
  }, [search, path, navigate])
}
