import { type Filters, NO_FILTERS, placeOf } from '../registrations/filters.ts'
import type { Bounds } from './range.ts'

/** The address of the list with the registrations that a figure of the overview counts. */
export type ListLink = (filters: Partial<Filters>) => string

/** Links to the registrations started in the bounds. A period that ends now has no end in the list, which keeps updating. */
export function listLinkWithin({ from, to }: Bounds, endsNow: boolean): ListLink {
  const bounds = { from: from.toISOString(), to: endsNow ? '' : to.toISOString() }
  return (filters) => `/registrations?${placeOf({ ...NO_FILTERS, ...bounds, ...filters }).search}`
}
