import { queryOptions } from '@tanstack/react-query'
import type { OperatorClient } from '../api/create-client.ts'

/** How the apps are doing that are told. */
export function endpointsQuery(operator: OperatorClient) {
  return queryOptions({
    queryKey: ['endpoints'],
    queryFn: ({ signal }) => operator.events.endpoints.query(undefined, { signal }),
  })
}
