import { rowsOf } from '../support/start-server.ts'
import type { TestResponse } from '../support/transport-client.ts'
import type { RouteContext } from './route-case.ts'

/** Starts a registration, and calls `send` during the call to the partner. The partner answers once `send` has ended. */
export async function sendDuringCall<T>(
  { server, email }: RouteContext,
  begin: () => Promise<TestResponse>,
  send: () => Promise<T>,
): Promise<T> {
  const answer = Promise.withResolvers<void>()
  server.partner.misbehave(email, 'slow-answer', { until: answer.promise, times: 1 })
  const begun = begin()
  try {
    await server.partner.ledger.until((ledger) => ledger.callsOf(email).length > 0)
    return await send()
  } finally {
    answer.resolve()
    await begun
  }
}

/** As `sendDuringCall`, for a request that waits for the outcome: the partner answers once the request waits. */
export async function waitDuringCall(
  context: RouteContext,
  begin: () => Promise<TestResponse>,
  join: () => Promise<TestResponse>,
): Promise<TestResponse> {
  const { joined } = await sendDuringCall(context, begin, async () => {
    const [row] = await rowsOf(context.server, context.email)
    const waits = context.server.databaseProxy.receives(`${row?.id}`)
    const joined = join()
    // A waiting request polls the registration. If it doesn't wait, its response fails the test.
    await Promise.race([waits, joined])
    return { joined }
  })
  return joined
}
