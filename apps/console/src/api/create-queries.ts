import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { failureOf } from './failure-of.ts'

/** How often what is shown is read anew while somebody looks; a hidden tab reads nothing. */
const EVERY_MS = 5_000
const RETRIES = 2

/**
 * What was read, and how it stays fresh.
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
        // Offline it is said so, rather than waited in silence.
        networkMode: 'always',
        retry: (failures, error) => failureOf(error).mayPass && failures < RETRIES,
      },
      mutations: { networkMode: 'always' },
    },
  })
}
