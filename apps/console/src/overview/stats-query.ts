import { queryOptions } from '@tanstack/react-query'
import type { OperatorClient } from '../api/create-client.ts'
import { RANGES, type Range } from './range.ts'

/** The figures of a range that ends now. */
export function statsQuery(operator: OperatorClient, range: Range) {
  return queryOptions({
    queryKey: ['stats', range],
    queryFn: ({ signal }) =>
      operator.stats.query({ from: new Date(Date.now() - RANGES[range]).toISOString() }, { signal }),
  })
}
