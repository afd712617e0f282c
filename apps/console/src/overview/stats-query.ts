import { queryOptions } from '@tanstack/react-query'
import type { OperatorClient } from '../api/create-client.ts'
import { boundsOf, type Period } from './range.ts'

/** The figures of a period. */
export function statsQuery(operator: OperatorClient, period: Period) {
  return queryOptions({
    queryKey: ['stats', period],
    queryFn: ({ signal }) => {
      const { from, to } = boundsOf(period, new Date())
      const until = period.to === '' ? {} : { to: to.toISOString() }
      return operator.stats.query({ from: from.toISOString(), ...until }, { signal })
    },
  })
}
