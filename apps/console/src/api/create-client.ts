import type { OperatorRouter } from '@registration/shared/operator'
import { createTRPCClient, httpLink, type TRPCClient } from '@trpc/client'

export type OperatorClient = TRPCClient<OperatorRouter>

const URL = '/operator/trpc'

/** A client of the operator router on the server that this page came from. */
export function createClient(key: string): OperatorClient {
  return createTRPCClient<OperatorRouter>({
    links: [
      httpLink({
        url: URL,
        // Sends queries as POST, because inputs may contain an e-mail and URLs end up in logs.
        methodOverride: 'POST',
        headers: { authorization: `Bearer ${key}` },
      }),
    ],
  })
}
