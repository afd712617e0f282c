import { useMemo } from 'react'
import { useLocation, useSearch } from 'wouter'
import { useHistoryState } from 'wouter/use-browser-location'
import { type Filters, filtersAt, placeOf } from './filters.ts'

/** The filters of this history entry. A changed filter replaces the entry; the next page adds one, so that going back works. */
export function useFilters(): {
  filters: Filters
  change(changed: Partial<Filters>): void
  turnTo(after: string): void
} {
  const search = useSearch()
  const state = useHistoryState<unknown>()
  const [path, navigate] = useLocation()
  return useMemo(() => {
    const filters = filtersAt(search, state)
    const go = (next: Filters, replace: boolean) => {
      const place = placeOf(next)
      navigate(place.search === '' ? path : `${path}?${place.search}`, { replace, state: place.state })
    }
    return {
      filters,
      change: (changed) => go({ ...filters, after: '', ...changed }, true),
      turnTo: (after) => go({ ...filters, after }, false),
    }
  }, [search, state, path, navigate])
}
