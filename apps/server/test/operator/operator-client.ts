import type { OperatorRouter } from '@registration/shared/operator'
import { createTRPCClient, httpLink, TRPCClientError } from '@trpc/client'
import type { TestServer } from '../support/start-server.ts'

/** The name and the key of the tests' operator. */
export const OPERATOR = { name: 'ann', key: 'an-operators-own-key-0123456789' }

export const WITH_OPERATOR = { OPERATOR_API_KEYS: `${OPERATOR.name}:${OPERATOR.key}` }

/** What the console uses. */
export function operatorClient({ url }: Pick<TestServer, 'url'>, headers: Record<string, string> = BEARER) {
  return createTRPCClient<OperatorRouter>({
    links: [httpLink({ url: `${url}/operator/trpc`, methodOverride: 'POST', headers })],
  })
}

const BEARER = { authorization: `Bearer ${OPERATOR.key}` }

/** How a call was refused: its HTTP status and the sentence that the operator reads. */
export async function refusalOf(call: Promise<unknown>): Promise<{ status?: number | undefined; sentence?: string }> {
  const error = await call.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  if (!(error instanceof TRPCClientError)) throw new Error('The call was not refused.', { cause: error })
  const { data } = error as TRPCClientError<OperatorRouter>
  return { status: data?.httpStatus, sentence: data?.registration.error ?? error.message }
}
