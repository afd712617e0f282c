import type { Reply } from '../support/client.ts'
import { rowsOf } from '../support/start-server.ts'
import type { Scene } from './row.ts'

/** Begins the scene's registration, and sends while the partner is at work on it: the answer comes once that is answered. */
export async function sendMeanwhile(
  { server, email }: Scene,
  begin: () => Promise<Reply>,
  send: () => Promise<Reply>,
): Promise<Reply> {
  const answer = Promise.withResolvers<void>()
  server.partner.misbehave(email, 'slow-answer', { until: answer.promise, times: 1 })
  const begun = begin()
  await server.partner.ledger.until((ledger) => ledger.callsOf(email).length > 0)
  const reply = await send()
  answer.resolve()
  await begun
  return reply
}

/** The same for who waits for its outcome: the partner answers as soon as they do. */
export async function joinMeanwhile(
  { server, email }: Scene,
  begin: () => Promise<Reply>,
  join: () => Promise<Reply>,
): Promise<Reply> {
  const answer = Promise.withResolvers<void>()
  server.partner.misbehave(email, 'slow-answer', { until: answer.promise, times: 1 })
  const begun = begin()
  await server.partner.ledger.until((ledger) => ledger.callsOf(email).length > 0)
  const [row] = await rowsOf(server, email)
  const waits = server.databaseGate.sees(`${row?.id}`)
  const joined = join()
  // Whoever waits for a registration reads it again and again. Where nobody waits, the reply is wrong, and the row says so.
  await Promise.race([waits, joined])
  answer.resolve()
  await begun
  return joined
}
