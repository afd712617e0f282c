import { queryOptions } from '@tanstack/react-query'
import type { OperatorClient } from '../api/create-client.ts'
import type { Filters } from './filters.ts'

const PAGE_SIZE = 50

/** One page of the list. Empty filters are not sent. */
export function listQuery(operator: OperatorClient, { statuses, after, ...others }: Filters) {
  const set = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== ''))
  const input = {
    ...set,
    ...(statuses.length > 0 ? { status: statuses } : {}),
    ...(after === '' ? {} : { cursor: after }),
    limit: PAGE_SIZE,
  }
  return queryOptions({
    queryKey: ['registrations', input],
    queryFn: ({ signal }) => operator.registrations.list.query(input, { signal }),
  })
}
