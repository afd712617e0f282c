import { expect } from 'vitest'
import { waitDuringCall } from './during-call.ts'
import { ANY_UUID, linkTo, pending, REST_OF_LEASE_MS, rejectedWith, succeeded } from './expected-responses.ts'
import type { RouteCase, RouteContext } from './route-case.ts'

const askStatus = ({ client, request }: RouteContext) =>
  client.registrationStatus({ idempotencyKey: request.idempotencyKey ?? '' })

/** `registrationStatus`: the holder of a key waits for the outcome or replays it. */
export const STATUS: RouteCase[] = [
  {
    title: 'a status request replays a finished registration',
    arrange: ({ client, request }) => client.orchestrateRegistration(request),
    send: askStatus,
    expected: succeeded(linkTo('/deposit'), { replayed: true }),
    rows: [{ status: 'succeeded', attempts: 1 }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    title: 'a status request waits for the outcome of a registration in progress',
    send: (context) =>
      waitDuringCall(
        context,
        () => context.client.orchestrateRegistration(context.request),
        () => askStatus(context),
      ),
    expected: succeeded(linkTo('/deposit')),
    rows: [{ status: 'succeeded', attempts: 1 }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    title: 'a status request replays a rejection',
    async arrange({ server, client, request, email }) {
      server.partner.misbehave(email, 'multiple-accounts')
      await client.orchestrateRegistration(request)
    },
    send: askStatus,
    expected: rejectedWith(400, 'MULTIPLE_ACCOUNTS', 'Multiple accounts are not allowed', { registrationId: ANY_UUID }),
    rows: [{ status: 'rejected' }],
    partner: { calls: 1, accounts: 0 },
  },
  {
    title: 'a status request for a stuck registration gets PENDING',
    server: 'notUniqueByEmail',
    async arrange({ server, client, request, email }) {
      server.partner.misbehave(email, 'reset', { times: 1 })
      await client.orchestrateRegistration(request)
    },
    send: askStatus,
    expected: pending(60_000),
    rows: [{ status: 'stuck', attempts: 1 }],
    partner: { calls: 1, accounts: 0 },
  },
  {
    title: 'a status request gets PENDING with retryAfterMs if the next call is due after its deadline',
    server: 'shortDeadline',
    async arrange({ server, client, request, email }) {
      server.partner.misbehave(email, 'reset', { times: 1 })
      await client.orchestrateRegistration(request)
    },
    send: askStatus,
    expected: pending(REST_OF_LEASE_MS),
    rows: [{ status: 'uncertain', attempts: 1 }],
    partner: { calls: 1, accounts: 0 },
  },
  {
    title: 'a status request with an unused key is refused',
    send: askStatus,
    expected: rejectedWith(400, 'INVALID_INPUT', 'idempotencyKey: no registration was begun with it'),
    partner: { calls: 0, accounts: 0 },
  },
  {
    title: 'a status request with an invalid key is refused',
    send: ({ client }) => client.registrationStatus({ idempotencyKey: 'two\nlines of a key' }),
    expected: rejectedWith(400, 'INVALID_INPUT', expect.stringMatching(/^idempotencyKey: must be printable ASCII/)),
    partner: { calls: 0, accounts: 0 },
  },
  {
    title: 'a status request with a short key is refused',
    send: ({ client }) => client.registrationStatus({ idempotencyKey: '1001' }),
    expected: rejectedWith(
      400,
      'INVALID_INPUT',
      expect.stringMatching(/^idempotencyKey: must have at least 16 characters/),
    ),
    partner: { calls: 0, accounts: 0 },
  },
]
