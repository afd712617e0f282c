import { queryOptions } from '@tanstack/react-query'
import type { OperatorClient } from '../api/create-client.ts'

/** One registration with its whole history. */
export function registrationQuery(operator: OperatorClient, id: string) {
  return queryOptions({
    queryKey: ['registration', id],
    queryFn: ({ signal }) => operator.registrations.get.query({ id }, { signal }),
  })
}
