import type { Reply } from '../support/client.ts'
import { rowsOf } from '../support/start-server.ts'
import type { Scene } from './row.ts'

/** Begins the scene's registration, and sends while the partner is at work on it. The partner answers once `send` is done, or fails. */
export async function sendMeanwhile<T>(
  { server, email }: Scene,
  begin: () => Promise<Reply>,
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

/** As `sendMeanwhile`, for a request that waits for the outcome: the partner answers once it waits. */
export async function joinMeanwhile(
  scene: Scene,
  begin: () => Promise<Reply>,
  join: () => Promise<Reply>,
): Promise<Reply> {
  const { joined } = await sendMeanwhile(scene, begin, async () => {
    const [row] = await rowsOf(scene.server, scene.email)
    const waits = scene.server.databaseGate.sees(`${row?.id}`)
    const joined = join()
    // A request that waits reads the registration again and again. If it doesn't wait, its reply is wrong, and the row says so.
    await Promise.race([waits, joined])
    return { joined }
  })
  return joined
}
