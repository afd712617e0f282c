import { expect } from 'vitest'
import type { Reply } from '../support/client.ts'
import { linkTo, postponed, succeeded } from './replies.ts'
import type { Row, Scene } from './row.ts'
import { WORLDS } from './worlds.ts'

const OVERLOADED = 'There are too many registrations at the moment. Please try again shortly.'
const DATABASE_UNAVAILABLE = 'Registrations cannot be saved at the moment. Please try again shortly.'
const NOTHING = { calls: 0, accounts: 0 }

/** Sends while the partner is at work on other visitors' registrations. `send` gets a function that lets the partner answer. */
async function sendAmong(
  { server, client, request, email }: Scene,
  others: number,
  send: (answer: () => void) => Promise<Reply>,
): Promise<Reply> {
  const answer = Promise.withResolvers<void>()
  const emails = Array.from({ length: others }, (_, other) => `${other}-${email}`)
  for (const other of emails) server.partner.misbehave(other, 'slow', { until: answer.promise })
  const begun = emails.map((other) =>
    client.orchestrateRegistration({ ...request, email: other, idempotencyKey: other }),
  )
  try {
    await server.partner.ledger.until((ledger) => ledger.calls.some((call) => call.email.endsWith(`-${email}`)))
    return await send(answer.resolve)
  } finally {
    answer.resolve()
    await Promise.all(begun)
  }
}

/** Registers while the partner has no free slot, and frees one once the request is queued. */
async function sendBeforeThereIsRoom(scene: Scene, answer: () => void): Promise<Reply> {
  const headers = { authorization: `Bearer ${WORLDS.narrow.OPERATOR_API_KEYS.slice('ann:'.length)}` }
  const reply = scene.client.orchestrateRegistration(scene.request)
  const early = reply.then(() => Promise.reject(new Error('It was answered without waiting.')))
  const waiting = expect
    .poll(async () => (await fetch(`${scene.server.url}/metrics`, { headers })).text(), { interval: 20 })
    .toContain('registration_partner_slots{state="waiting"} 1')
  await Promise.race([waiting, early])
  early.catch(() => undefined)
  answer()
  return reply
}

/** The server itself can't, or may not, do its work: the partner is left alone. */
export const OUTAGES: Row[] = [
  {
    it: 'turns away what is more than MAX_IN_FLIGHT',
    world: 'busy',
    send: (scene) => sendAmong(scene, 1, () => scene.client.orchestrateRegistration(scene.request)),
    reply: postponed(503, 'OVERLOADED', OVERLOADED, 1_000),
    partner: NOTHING,
  },
  {
    it: 'waits for room at the partner where there soon is some',
    world: 'narrow',
    send: (scene) => sendAmong(scene, 1, (answer) => sendBeforeThereIsRoom(scene, answer)),
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ status: 'succeeded' }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    it: 'writes no intent where the partner has no room for its call',
    world: 'narrow',
    send: (scene) => sendAmong(scene, 3, () => scene.client.orchestrateRegistration(scene.request)),
    reply: postponed(503, 'OVERLOADED', OVERLOADED, 1_000),
    partner: NOTHING,
  },
  {
    it: 'replays to the holder of the key, though the partner has no room',
    world: 'narrow',
    before: ({ client, request }) => client.orchestrateRegistration(request),
    send: (scene) => sendAmong(scene, 3, () => scene.client.orchestrateRegistration(scene.request)),
    reply: succeeded(linkTo('/deposit'), { replayed: true }),
    onFile: [{ status: 'succeeded' }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    it: 'counts nothing against an e-mail for which nothing could be begun',
    world: 'limitedByEmail',
    async before({ server, client, request }) {
      await server.databaseGate.shut()
      await client.orchestrateRegistration(request)
      await server.databaseGate.open()
    },
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ status: 'succeeded' }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    it: 'says nothing of its own faults but that there was one',
    before: ({ server, email }) =>
      server.database.query(`alter table registrations add check (email <> '${email}') not valid`),
    reply: postponed(500, 'INTERNAL', 'Something went wrong on our side. Please try again.', 1_000),
    partner: NOTHING,
  },
  {
    it: 'leaves the partner alone while the database is away',
    world: 'cutOff',
    before: ({ server }) => server.databaseGate.shut(),
    reply: postponed(503, 'DATABASE_UNAVAILABLE', DATABASE_UNAVAILABLE, 1_000),
    partner: NOTHING,
  },
  {
    it: 'cannot tell the outcome while the database is away',
    world: 'cutOff',
    async before({ server, client, request }) {
      await server.databaseGate.open()
      await client.orchestrateRegistration(request)
      await server.databaseGate.shut()
    },
    send: ({ client, request }) => client.registrationStatus({ idempotencyKey: request.idempotencyKey ?? '' }),
    reply: postponed(503, 'DATABASE_UNAVAILABLE', DATABASE_UNAVAILABLE, 1_000),
    onFile: [{ status: 'succeeded' }],
    partner: { calls: 1, accounts: 1 },
  },
]
