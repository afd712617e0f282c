import { queryOptions } from '@tanstack/react-query'
import type { OperatorClient } from '../api/create-client.ts'

/** The state of all webhook endpoints. */
export function endpointsQuery(operator: OperatorClient) {
  return queryOptions({
    queryKey: ['endpoints'],
    queryFn: ({ signal }) => operator.events.endpoints.query(undefined, { signal }),
  })
}
