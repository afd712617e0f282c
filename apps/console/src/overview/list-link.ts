import { type Filters, NO_FILTERS, placeOf } from '../registrations/filters.ts'
import type { Bounds } from './range.ts'

/** The address of the list, narrowed to what a figure of the overview counts. */
export type ListLink = (filters: Partial<Filters>) => string

/** Links to what was begun in the bounds. One that ends now has no end in the list, which goes on with the time. */
export function listLinkWithin({ from, to }: Bounds, endsNow: boolean): ListLink {
  const bounds = { from: from.toISOString(), to: endsNow ? '' : to.toISOString() }
  return (filters) => `/registrations?${placeOf({ ...NO_FILTERS, ...bounds, ...filters }).search}`
}
