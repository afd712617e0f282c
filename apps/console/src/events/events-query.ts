import type { DeadEvents } from '@registration/shared/operator'
import { queryOptions } from '@tanstack/react-query'
import type { OperatorClient } from '../api/create-client.ts'
import type { EventFilters } from './event-filters.ts'

const PAGE_SIZE = 50

/** One page of events. Empty filters are not sent. */
export function eventsQuery(operator: OperatorClient, filters: EventFilters) {
  const { states, after } = filters
  const input = {
    ...chosenOf(filters),
    ...(states.length > 0 ? { state: states } : {}),
    ...(after === '' ? {} : { cursor: after }),
    limit: PAGE_SIZE,
  }
  return queryOptions({
    queryKey: ['events', input],
    queryFn: ({ signal }) => operator.events.list.query(input, { signal }),
  })
}

/** The filters apart from the state. */
export function chosenOf({ types, endpoint, registrationId }: EventFilters): DeadEvents {
  return {
    ...(types.length > 0 ? { type: types } : {}),
    ...(endpoint === '' ? {} : { endpoint }),
    ...(registrationId === '' ? {} : { registrationId }),
  }
}
