import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { failureOf } from './failure-of.ts'

/** Polling interval of a visible tab; a hidden tab doesn't poll. */
const EVERY_MS = 5_000
const RETRIES = 2

/**
 * The cache of queries, and its polling.
 *
 * @param onForbidden called when the server no longer knows the key
 */
export function createQueries(onForbidden: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (failureOf(error).kind === 'forbidden') onForbidden()
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        refetchInterval: EVERY_MS,
        refetchIntervalInBackground: false,
        // Fails at once when offline, so that the page can say so.
        networkMode: 'always',
        retry: (failures, error) => failureOf(error).mayPass && failures < RETRIES,
      },
      mutations: { networkMode: 'always' },
    },
  })
}
