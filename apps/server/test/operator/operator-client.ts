import type { OperatorRouter } from '@registration/shared/operator'
import { createTRPCClient, httpLink, TRPCClientError } from '@trpc/client'
import type { TestServer } from '../support/start-server.ts'

/** The only operator in tests. */
export const OPERATOR = { name: 'ann', key: 'an-operators-own-key-0123456789' }

export const WITH_OPERATOR = { OPERATOR_API_KEYS: `${OPERATOR.name}:${OPERATOR.key}` }

/** The client that the console uses. */
export function operatorClient({ url }: Pick<TestServer, 'url'>, headers: Record<string, string> = BEARER) {
  return createTRPCClient<OperatorRouter>({
    links: [httpLink({ url: `${url}/operator/trpc`, methodOverride: 'POST', headers })],
  })
}

const BEARER = { authorization: `Bearer ${OPERATOR.key}` }

/** The HTTP status and the message of a call that must fail. */
export async function errorOf(call: Promise<unknown>): Promise<{ status?: number | undefined; message?: string }> {
  const error = await call.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  if (!(error instanceof TRPCClientError)) throw new Error('The call did not fail.', { cause: error })
  const { data } = error as TRPCClientError<OperatorRouter>
  return { status: data?.httpStatus, message: data?.registration.error ?? error.message }
}
