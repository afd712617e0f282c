import { AN_ID, between, linkTo, postponed, refused, succeeded } from './replies.ts'
import type { Row } from './row.ts'

const SENTENCE = 'Too many attempts. Please wait a little and try again.'
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const INTERNAL_KEY = { authorization: 'Bearer 0123456789abcdef' }
const NOTHING = { calls: 0, accounts: 0 }
const ONE_ACCOUNT = { calls: 1, accounts: 1 }

/** More than RATE_LIMIT_* allow. */
export const LIMITS: Row[] = [
  {
    it: 'counts nothing against an e-mail for a key that is known',
    world: 'twiceByEmail',
    async before({ client, request }) {
      await client.orchestrateRegistration(request)
      await client.orchestrateRegistration(request)
    },
    send: ({ client, request, email }) =>
      client.orchestrateRegistration({ ...request, idempotencyKey: `${email} another` }),
    reply: refused(400, 'ALREADY_REGISTERED', 'This e-mail is already registered', { registrationId: AN_ID }),
    onFile: [{ status: 'succeeded' }, { status: 'rejected' }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    it: 'turns away an address that calls too often',
    world: 'limited',
    before: ({ client, request, email }) => client.orchestrateRegistration({ ...request, email: `other-${email}` }),
    reply: postponed(429, 'RATE_LIMITED', SENTENCE, between(1, MINUTE_MS)),
    partner: NOTHING,
  },
  {
    it: 'turns away an internal app that calls too often',
    world: 'limited',
    before: ({ client, request, email }) =>
      client.orchestrateRegistration({ ...request, email: `other-${email}` }, INTERNAL_KEY),
    send: ({ client, request }) => client.orchestrateRegistration(request, INTERNAL_KEY),
    reply: postponed(429, 'RATE_LIMITED', SENTENCE, between(1, MINUTE_MS)),
    partner: NOTHING,
  },
  {
    it: 'turns away an e-mail that is tried too often, in whatever spelling',
    world: 'limitedByEmail',
    before: ({ client, request, email }) =>
      client.orchestrateRegistration({ ...request, idempotencyKey: `${email} earlier` }),
    send: ({ client, request, email }) => client.orchestrateRegistration({ ...request, email: email.toUpperCase() }),
    reply: postponed(429, 'RATE_LIMITED', SENTENCE, between(MINUTE_MS + 1, HOUR_MS)),
    onFile: [{ status: 'succeeded' }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'replays to the holder of the key, however often',
    world: 'limitedByEmail',
    async before({ client, request }) {
      await client.orchestrateRegistration(request)
      await client.orchestrateRegistration(request)
    },
    reply: succeeded(linkTo('/deposit'), { replayed: true }),
    onFile: [{ status: 'succeeded' }],
    partner: ONE_ACCOUNT,
  },
]
