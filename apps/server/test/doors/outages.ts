import { linkTo, postponed, succeeded } from './replies.ts'
import type { Row, Scene } from './row.ts'

const OVERLOADED = 'There are too many registrations at the moment. Please try again shortly.'
const DATABASE_UNAVAILABLE = 'Registrations cannot be saved at the moment. Please try again shortly.'
const NOTHING = { calls: 0, accounts: 0 }

let occupants: Promise<unknown> = Promise.resolve()

/** Begins registrations of other visitors, and resolves once the partner is at work on the first. */
async function occupy(
  { server, client, request, email }: Scene,
  { calls, delayMs }: { calls: number; delayMs: number },
): Promise<void> {
  // Those of an earlier row would take the room of these.
  await occupants
  const others = Array.from({ length: calls }, (_, call) => `${call}-${email}`)
  for (const other of others) server.partner.misbehave(other, 'slow', { delayMs })
  occupants = Promise.all(
    others.map((other) => client.orchestrateRegistration({ ...request, email: other, idempotencyKey: other })),
  )
  await server.partner.ledger.until((ledger) => ledger.calls.some((call) => call.email.endsWith(`-${email}`)))
}

/** The server itself can't, or may not, do its work: the partner is left alone. */
export const OUTAGES: Row[] = [
  {
    it: 'turns away what is more than MAX_IN_FLIGHT',
    world: 'busy',
    before: (scene) => occupy(scene, { calls: 1, delayMs: 1_000 }),
    reply: postponed(503, 'OVERLOADED', OVERLOADED, 1_000),
    partner: NOTHING,
  },
  {
    it: 'waits for room at the partner where there soon is some',
    world: 'narrow',
    before: (scene) => occupy(scene, { calls: 1, delayMs: 300 }),
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ status: 'succeeded' }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    it: 'writes no intent where the partner has no room for its call',
    world: 'narrow',
    before: (scene) => occupy(scene, { calls: 3, delayMs: 1_000 }),
    reply: postponed(503, 'OVERLOADED', OVERLOADED, 1_000),
    partner: NOTHING,
  },
  {
    it: 'replays to the holder of the key, though the partner has no room',
    world: 'crowded',
    async before(scene) {
      await scene.client.orchestrateRegistration(scene.request)
      await occupy(scene, { calls: 3, delayMs: 1_000 })
    },
    reply: succeeded(linkTo('/deposit'), { replayed: true }),
    onFile: [{ status: 'succeeded' }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    it: 'counts nothing against an e-mail for which nothing could be begun',
    world: 'cutOffAndLimited',
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
    world: 'broken',
    before: ({ server }) => server.database.query('alter table registrations drop column if exists name'),
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
