import type { RegistrationRequest } from '@registration/shared'
import { eventually } from '@registration/test-harness'
import { expect } from 'vitest'
import type { Reply } from '../support/client.ts'
import { rowsOf } from '../support/start-server.ts'
import { AFTER_THE_LEASE, AN_ID, linkTo, postponed, refused, succeeded } from './replies.ts'
import type { Row, Scene } from './row.ts'
import { joinMeanwhile, sendMeanwhile } from './under-way.ts'

const ONE_ACCOUNT = { calls: 1, accounts: 1 }
const IN_PROGRESS = 'This e-mail is being registered at the moment. Please try again shortly.'
const KEY_REUSED = 'This idempotency key belongs to the registration of another e-mail. Use a new key for each visitor.'

/** Has the partner ask for more patience than the caller has: the registration is released. */
async function askInVain({ server, client, email }: Scene, request: RegistrationRequest): Promise<void> {
  server.partner.misbehave(email, 'too-many-requests', { times: 1, retryAfterSeconds: 1 })
  // The pause of an earlier row may not be over.
  while (server.partner.ledger.callsOf(email).length === 0) await client.orchestrateRegistration(request)
  await eventually(async () => expect(await rowsOf(server, email)).toMatchObject([{ status: 'released' }]))
}

/** Sends until the pause is over that the partner has asked for. */
async function untilThePartnerMayBeAsked({ client, request }: Scene): Promise<Reply> {
  let reply = await client.orchestrateRegistration(request)
  while (reply.status !== 200) reply = await client.orchestrateRegistration(request)
  return reply
}

/** The same key, and the same e-mail under other keys. */
export const KEYS: Row[] = [
  {
    it: 'replays the recorded result when the same key comes back',
    before: ({ client, request }) => client.orchestrateRegistration(request),
    reply: succeeded(linkTo('/deposit'), {
      replayed: true,
      userData: expect.objectContaining({ password: expect.any(String) }),
    }),
    onFile: [{ status: 'succeeded', attempts: 1 }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'keeps to the first data where the same key comes back with others',
    before: ({ client, request }) => client.orchestrateRegistration({ ...request, name: 'Ann' }),
    send: ({ client, request }) =>
      client.orchestrateRegistration({ ...request, name: 'Bob', trafficParams: { custom_login_link: '/other' } }),
    reply: succeeded(linkTo('/deposit'), { replayed: true, userData: expect.objectContaining({ name: 'Ann' }) }),
    onFile: [{ name: 'Ann', traffic_params: {} }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'replays without link and secrets once REPLAY_FOR is over',
    async before({ server, client, request, email }) {
      await client.orchestrateRegistration(request)
      await server.database.query(
        `update registrations set settled_at = settled_at - interval '25 hours' where email = $1`,
        [email],
      )
    },
    reply: succeeded(null, {
      replayed: true,
      userData: expect.not.objectContaining({ password: expect.anything(), deposit: expect.anything() }),
    }),
    onFile: [{ status: 'succeeded', deposit_url: linkTo('/deposit') }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'replays a refusal with the partner’s sentence',
    async before({ server, client, request, email }) {
      server.partner.misbehave(email, 'rejected', { times: 1, message: 'Not in your country' })
      await client.orchestrateRegistration(request)
    },
    reply: refused(400, 'PARTNER_REJECTED', 'Not in your country', { registrationId: AN_ID }),
    onFile: [{ status: 'rejected', attempts: 1 }],
    partner: { calls: 1, accounts: 0 },
  },
  {
    it: 'joins the registration that the same key has under way',
    send(scene) {
      const register = () => scene.client.orchestrateRegistration(scene.request)
      return joinMeanwhile(scene, register, register)
    },
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ status: 'succeeded', attempts: 1 }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'starts anew under the same key where the partner certainly had nothing',
    world: 'impatient',
    before: (scene) => askInVain(scene, scene.request),
    send: untilThePartnerMayBeAsked,
    // A call whose caller had no more patience may have begun it.
    reply: succeeded(linkTo('/deposit'), { replayed: expect.any(Boolean) }),
    onFile: [{ status: 'succeeded', attempts: 2 }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    it: 'starts anew under another key where the partner certainly had nothing',
    world: 'impatient',
    before: (scene) => askInVain(scene, { ...scene.request, idempotencyKey: `${scene.email} earlier` }),
    send: untilThePartnerMayBeAsked,
    reply: succeeded(linkTo('/deposit'), { replayed: expect.any(Boolean) }),
    onFile: [{ status: 'released' }, { status: 'succeeded', attempts: 1 }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    it: 'refuses a key that belongs to another e-mail',
    before: ({ client, request, email }) => client.orchestrateRegistration({ ...request, email: `other-${email}` }),
    reply: refused(422, 'IDEMPOTENCY_KEY_REUSED', KEY_REUSED),
    partner: { calls: 0, accounts: 0 },
  },
  {
    it: 'holds an e-mail, in whatever spelling, while its outcome under another key is not known',
    world: 'notUniqueByEmail',
    async before({ server, client, request, email }) {
      server.partner.misbehave(email, 'server-error-500', { times: 1 })
      await client.orchestrateRegistration({ ...request, idempotencyKey: `${email} earlier` })
    },
    send: ({ client, request, email }) =>
      client.orchestrateRegistration({ ...request, email: ` ${email.toUpperCase()} ` }),
    reply: postponed(409, 'IN_PROGRESS', IN_PROGRESS, 60_000),
    onFile: [{ status: 'stuck' }],
    partner: { calls: 1, accounts: 0 },
  },
  {
    it: 'says when the next call for an e-mail is due that is held under another key',
    world: 'hasty',
    send(scene) {
      const { client, request, email } = scene
      const earlier = { ...request, idempotencyKey: `${email} earlier` }
      return sendMeanwhile(
        scene,
        () => client.orchestrateRegistration(earlier),
        () => client.orchestrateRegistration(request),
      )
    },
    reply: postponed(409, 'IN_PROGRESS', IN_PROGRESS, AFTER_THE_LEASE),
    onFile: [{ attempts: 1 }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'asks the partner, which alone knows, where another key comes with a finished e-mail',
    before: ({ client, request, email }) =>
      client.orchestrateRegistration({ ...request, idempotencyKey: `${email} earlier` }),
    reply: refused(400, 'ALREADY_REGISTERED', 'This e-mail is already registered', { registrationId: AN_ID }),
    onFile: [{ status: 'succeeded' }, { status: 'rejected' }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    it: 'makes a key for callers without',
    send: ({ client, request: { email, visitorId } }) => client.orchestrateRegistration({ email, visitorId }),
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ status: 'succeeded', idempotency_key_hash: expect.any(Buffer) }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'takes the key from the header as from the body',
    door: 'REST',
    before: ({ client, request }) => client.orchestrateRegistration(request),
    send: ({ client, request: { idempotencyKey = '', ...request } }) =>
      client.orchestrateRegistration(request, { 'idempotency-key': idempotencyKey }),
    reply: succeeded(linkTo('/deposit'), { replayed: true }),
    onFile: [{ status: 'succeeded', attempts: 1 }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'takes the same key from the header and the body',
    door: 'REST',
    send: ({ client, request }) =>
      client.orchestrateRegistration(request, { 'idempotency-key': request.idempotencyKey ?? '' }),
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ status: 'succeeded' }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'refuses two different keys in one request',
    door: 'REST',
    send: ({ client, request }) =>
      client.orchestrateRegistration(request, { 'idempotency-key': 'another key of theirs' }),
    reply: refused(400, 'INVALID_INPUT', 'idempotencyKey: must be the same as in the Idempotency-Key header'),
    partner: { calls: 0, accounts: 0 },
  },
]
