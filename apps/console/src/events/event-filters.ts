import type { EventState, EventType } from '@registration/shared/operator'

export const STATES: readonly EventState[] = ['dead', 'waiting', 'delivered']

export const TYPES: readonly EventType[] = [
  'registration.succeeded',
  'registration.rejected',
  'registration.stuck',
  'registration.link_recovered',
]

/** The filters of the list of events. All are part of the address, since none is personal data. */
export interface EventFilters {
  states: EventState[]
  types: EventType[]
  /** The app's name. */
  endpoint: string
  registrationId: string
  /** Where the page begins; empty for the newest. */
  after: string
}

export const NO_EVENT_FILTERS: EventFilters = { states: [], types: [], endpoint: '', registrationId: '', after: '' }

const PARAMETERS = { endpoint: 'endpoint', registrationId: 'registration', after: 'after' } as const
const NAMES = Object.keys(PARAMETERS) as (keyof typeof PARAMETERS)[]

/** Reads the filters. Invalid values are ignored. */
export function eventFiltersAt(search: string): EventFilters {
  const parameters = new URLSearchParams(search)
  const isChosen = (name: string) => (value: string) => parameters.getAll(name).includes(value)
  const read = { ...NO_EVENT_FILTERS, states: STATES.filter(isChosen('state')), types: TYPES.filter(isChosen('type')) }
  for (const name of NAMES) read[name] = parameters.get(PARAMETERS[name]) ?? ''
  return read
}

/** The query string. */
export function searchOf(filters: EventFilters): string {
  const parameters = new URLSearchParams()
  for (const state of filters.states) parameters.append('state', state)
  for (const type of filters.types) parameters.append('type', type)
  for (const name of NAMES) if (filters[name] !== '') parameters.set(PARAMETERS[name], filters[name])
  return parameters.toString()
}

/** Whether a filter is active. */
export function isNarrowed({ after: _, ...filters }: EventFilters): boolean {
  return Object.values(filters).some(({ length }) => length > 0)
}
