import type { Status } from '@registration/shared/operator'

export const STATUSES: readonly Status[] = [
  'stuck',
  'uncertain',
  'pending',
  'succeeded',
  'succeeded_without_link',
  'rejected',
  'released',
]

/** The filters of the list. Instants are ISO 8601. */
export interface Filters {
  statuses: Status[]
  /** The rejection code. */
  code: string
  tag: string
  clickId: string
  from: string
  to: string
  /**
   * Not part of the address, because browsers, proxies and logs keep addresses, and people share them. It
   * is in the history entry, which stays in the tab and survives going back and reloading.
   */
  email: string
  /** Where the page begins; empty for the newest. */
  after: string
}

export const NO_FILTERS: Filters = {
  statuses: [],
  code: '',
  tag: '',
  clickId: '',
  from: '',
  to: '',
  email: '',
  after: '',
}

/** The location of a view of the list: its query string, and the state in its history entry. */
export interface ListPlace {
  search: string
  state: { email: string } | null
}

const PARAMETERS = { code: 'code', tag: 'tag', clickId: 'click_id', from: 'from', to: 'to', after: 'after' } as const
const NAMES = Object.keys(PARAMETERS) as (keyof typeof PARAMETERS)[]

/** Reads the filters. Invalid values are ignored. */
export function filtersAt(search: string, state: unknown): Filters {
  const parameters = new URLSearchParams(search)
  const wanted = new Set(parameters.getAll('status'))
  const read = { ...NO_FILTERS, statuses: STATUSES.filter((status) => wanted.has(status)), email: emailIn(state) }
  for (const name of NAMES) read[name] = parameters.get(PARAMETERS[name]) ?? ''
  for (const name of ['from', 'to'] as const) if (Number.isNaN(Date.parse(read[name]))) read[name] = ''
  return read
}

export function placeOf(filters: Filters): ListPlace {
  const parameters = new URLSearchParams()
  for (const status of filters.statuses) parameters.append('status', status)
  for (const name of NAMES) if (filters[name] !== '') parameters.set(PARAMETERS[name], filters[name])
  return { search: parameters.toString(), state: filters.email === '' ? null : { email: filters.email } }
}

/** The number of active filters. */
export function countFilters(filters: Filters): number {
  const { after, statuses, ...others } = filters
  return Object.values(others).filter((value) => value !== '').length + (statuses.length > 0 ? 1 : 0)
}

function emailIn(state: unknown): string {
  const email = (state as { email?: unknown } | null)?.email
  return typeof email === 'string' ? email : ''
}
