import type { RegistrationRequest } from '@registration/shared'
import { eventually } from '@registration/test-harness'
import { expect } from 'vitest'
import { rowsOf } from '../support/start-server.ts'
import type { TestResponse } from '../support/transport-client.ts'
import { sendDuringCall, waitDuringCall } from './during-call.ts'
import { ANY_UUID, linkTo, REST_OF_LEASE_MS, rejectedWith, retryableWith, succeeded } from './expected-responses.ts'
import type { RouteCase, RouteContext } from './route-case.ts'

const ONE_ACCOUNT = { calls: 1, accounts: 1 }
const IN_PROGRESS = 'This e-mail is being registered at the moment. Please try again shortly.'
const KEY_REUSED = 'This idempotency key belongs to the registration of another e-mail. Use a new key for each visitor.'

/** Releases the registration: the partner asks for a longer pause than the request deadline. */
async function releaseByLongPause(
  { server, client, email }: RouteContext,
  request: RegistrationRequest,
): Promise<void> {
  server.partner.misbehave(email, 'too-many-requests', { times: 1, retryAfterSeconds: 1 })
  // The pause of an earlier case may not be over.
  while (server.partner.ledger.callsOf(email).length === 0) await client.orchestrateRegistration(request)
  await eventually(async () => expect(await rowsOf(server, email)).toMatchObject([{ status: 'released' }]))
}

/** Repeats the request until the pause that the partner asked for is over. */
async function sendUntilPauseIsOver({ client, request }: RouteContext): Promise<TestResponse> {
  let reply = await client.orchestrateRegistration(request)
  while (reply.status !== 200) reply = await client.orchestrateRegistration(request)
  return reply
}

/** A repeated key, and a repeated e-mail under other keys. */
export const KEYS: RouteCase[] = [
  {
    title: 'a repeated key replays the recorded result',
    arrange: ({ client, request }) => client.orchestrateRegistration(request),
    expected: succeeded(linkTo('/deposit'), {
      replayed: true,
      userData: expect.objectContaining({ password: expect.any(String) }),
    }),
    rows: [{ status: 'succeeded', attempts: 1 }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'a repeated key with other data replays the result of the first data',
    arrange: ({ client, request }) => client.orchestrateRegistration({ ...request, name: 'Ann' }),
    send: ({ client, request }) =>
      client.orchestrateRegistration({ ...request, name: 'Bob', trafficParams: { custom_login_link: '/other' } }),
    expected: succeeded(linkTo('/deposit'), { replayed: true, userData: expect.objectContaining({ name: 'Ann' }) }),
    rows: [{ name: 'Ann', traffic_params: {} }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'a replay after REPLAY_FOR has no link and no secrets',
    async arrange({ server, client, request, email }) {
      await client.orchestrateRegistration(request)
      await server.database.query(
        `update registrations set settled_at = settled_at - interval '25 hours' where email = $1`,
        [email],
      )
    },
    expected: succeeded(null, {
      replayed: true,
      userData: expect.not.objectContaining({ password: expect.anything(), deposit: expect.anything() }),
    }),
    rows: [{ status: 'succeeded', deposit_url: linkTo('/deposit') }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'a repeated key replays a rejection with the partner’s sentence',
    async arrange({ server, client, request, email }) {
      server.partner.misbehave(email, 'rejected', { times: 1, message: 'Not in your country' })
      await client.orchestrateRegistration(request)
    },
    expected: rejectedWith(400, 'PARTNER_REJECTED', 'Not in your country', { registrationId: ANY_UUID }),
    rows: [{ status: 'rejected', attempts: 1 }],
    partner: { calls: 1, accounts: 0 },
  },
  {
    title: 'a second request with the same key waits for the registration in progress',
    send(context) {
      const register = () => context.client.orchestrateRegistration(context.request)
      return waitDuringCall(context, register, register)
    },
    expected: succeeded(linkTo('/deposit')),
    rows: [{ status: 'succeeded', attempts: 1 }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'a released registration restarts under the same key',
    server: 'shortPatience',
    arrange: (context) => releaseByLongPause(context, context.request),
    send: sendUntilPauseIsOver,
    // A request that has timed out may have restarted it.
    expected: succeeded(linkTo('/deposit'), { replayed: expect.any(Boolean) }),
    rows: [{ status: 'succeeded', attempts: 2 }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    title: 'a released registration does not block the e-mail under another key',
    server: 'shortPatience',
    arrange: (context) =>
      releaseByLongPause(context, { ...context.request, idempotencyKey: `${context.email} earlier` }),
    send: sendUntilPauseIsOver,
    expected: succeeded(linkTo('/deposit'), { replayed: expect.any(Boolean) }),
    rows: [{ status: 'released' }, { status: 'succeeded', attempts: 1 }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    title: 'a key of another e-mail is refused',
    arrange: ({ client, request, email }) => client.orchestrateRegistration({ ...request, email: `other-${email}` }),
    expected: rejectedWith(422, 'IDEMPOTENCY_KEY_REUSED', KEY_REUSED),
    partner: { calls: 0, accounts: 0 },
  },
  {
    title: 'an e-mail with an unknown outcome under another key is blocked, in any spelling',
    server: 'notUniqueByEmail',
    async arrange({ server, client, request, email }) {
      server.partner.misbehave(email, 'server-error-500', { times: 1 })
      await client.orchestrateRegistration({ ...request, idempotencyKey: `${email} earlier` })
    },
    send: ({ client, request, email }) =>
      client.orchestrateRegistration({ ...request, email: ` ${email.toUpperCase()} ` }),
    expected: retryableWith(409, 'IN_PROGRESS', IN_PROGRESS, 60_000),
    rows: [{ status: 'stuck' }],
    partner: { calls: 1, accounts: 0 },
  },
  {
    title: 'for an e-mail blocked by another key, retryAfterMs says when the next call is due',
    server: 'shortDeadline',
    send(context) {
      const { client, request, email } = context
      const earlier = { ...request, idempotencyKey: `${email} earlier` }
      return sendDuringCall(
        context,
        () => client.orchestrateRegistration(earlier),
        () => client.orchestrateRegistration(request),
      )
    },
    expected: retryableWith(409, 'IN_PROGRESS', IN_PROGRESS, REST_OF_LEASE_MS),
    rows: [{ attempts: 1 }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'another key for a finished e-mail leads to a new call to the partner',
    arrange: ({ client, request, email }) =>
      client.orchestrateRegistration({ ...request, idempotencyKey: `${email} earlier` }),
    expected: rejectedWith(400, 'ALREADY_REGISTERED', 'This e-mail is already registered', {
      registrationId: ANY_UUID,
    }),
    rows: [{ status: 'succeeded' }, { status: 'rejected' }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    title: 'a request without a key gets a new one',
    send: ({ client, request: { email, visitorId } }) => client.orchestrateRegistration({ email, visitorId }),
    expected: succeeded(linkTo('/deposit')),
    rows: [{ status: 'succeeded', idempotency_key_hash: expect.any(Buffer) }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'a key in the Idempotency-Key header replays like one in the body',
    transport: 'REST',
    arrange: ({ client, request }) => client.orchestrateRegistration(request),
    send: ({ client, request: { idempotencyKey = '', ...request } }) =>
      client.orchestrateRegistration(request, { 'idempotency-key': idempotencyKey }),
    expected: succeeded(linkTo('/deposit'), { replayed: true }),
    rows: [{ status: 'succeeded', attempts: 1 }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'the same key may be in both header and body',
    transport: 'REST',
    send: ({ client, request }) =>
      client.orchestrateRegistration(request, { 'idempotency-key': request.idempotencyKey ?? '' }),
    expected: succeeded(linkTo('/deposit')),
    rows: [{ status: 'succeeded' }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'different keys in header and body are refused',
    transport: 'REST',
    send: ({ client, request }) =>
      client.orchestrateRegistration(request, { 'idempotency-key': 'another key of theirs' }),
    expected: rejectedWith(400, 'INVALID_INPUT', 'idempotencyKey: must be the same as in the Idempotency-Key header'),
    partner: { calls: 0, accounts: 0 },
  },
]
