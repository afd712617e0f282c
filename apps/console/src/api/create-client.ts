import type { OperatorRouter } from '@registration/shared/operator'
import { createTRPCClient, httpLink, type TRPCClient } from '@trpc/client'

export type OperatorClient = TRPCClient<OperatorRouter>

const URL = '/operator/trpc'

/** Speaks with the operator router of the server that this page came from. */
export function createClient(key: string): OperatorClient {
  return createTRPCClient<OperatorRouter>({
    links: [
      httpLink({
        url: URL,
        // What is asked for may be an e-mail, and addresses end up in logs.
        methodOverride: 'POST',
        headers: { authorization: `Bearer ${key}` },
      }),
    ],
  })
}
