import { ANY_UUID, between, linkTo, rejectedWith, retryableWith, succeeded } from './expected-responses.ts'
import type { RouteCase } from './route-case.ts'

const SENTENCE = 'Too many attempts. Please wait a little and try again.'
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const INTERNAL_KEY = { authorization: 'Bearer 0123456789abcdef' }
const NOTHING = { calls: 0, accounts: 0 }
const ONE_ACCOUNT = { calls: 1, accounts: 1 }

/** More requests than RATE_LIMIT_* allow. */
export const LIMITS: RouteCase[] = [
  {
    title: 'a repeated key does not count against the limit of the e-mail',
    server: 'twicePerEmail',
    async arrange({ client, request }) {
      await client.orchestrateRegistration(request)
      await client.orchestrateRegistration(request)
    },
    send: ({ client, request, email }) =>
      client.orchestrateRegistration({ ...request, idempotencyKey: `${email} another` }),
    expected: rejectedWith(400, 'ALREADY_REGISTERED', 'This e-mail is already registered', {
      registrationId: ANY_UUID,
    }),
    rows: [{ status: 'succeeded' }, { status: 'rejected' }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    title: 'an address over its limit gets RATE_LIMITED',
    server: 'limited',
    arrange: ({ client, request, email }) => client.orchestrateRegistration({ ...request, email: `other-${email}` }),
    expected: retryableWith(429, 'RATE_LIMITED', SENTENCE, between(1, MINUTE_MS)),
    partner: NOTHING,
  },
  {
    title: 'an internal app over its limit gets RATE_LIMITED',
    server: 'limited',
    arrange: ({ client, request, email }) =>
      client.orchestrateRegistration({ ...request, email: `other-${email}` }, INTERNAL_KEY),
    send: ({ client, request }) => client.orchestrateRegistration(request, INTERNAL_KEY),
    expected: retryableWith(429, 'RATE_LIMITED', SENTENCE, between(1, MINUTE_MS)),
    partner: NOTHING,
  },
  {
    title: 'an e-mail over its limit gets RATE_LIMITED, in any spelling',
    server: 'oncePerEmail',
    arrange: ({ client, request, email }) =>
      client.orchestrateRegistration({ ...request, idempotencyKey: `${email} earlier` }),
    send: ({ client, request, email }) => client.orchestrateRegistration({ ...request, email: email.toUpperCase() }),
    expected: retryableWith(429, 'RATE_LIMITED', SENTENCE, between(MINUTE_MS + 1, HOUR_MS)),
    rows: [{ status: 'succeeded' }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'a replay to the holder of the key is not limited by e-mail',
    server: 'oncePerEmail',
    async arrange({ client, request }) {
      await client.orchestrateRegistration(request)
      await client.orchestrateRegistration(request)
    },
    expected: succeeded(linkTo('/deposit'), { replayed: true }),
    rows: [{ status: 'succeeded' }],
    partner: ONE_ACCOUNT,
  },
]
