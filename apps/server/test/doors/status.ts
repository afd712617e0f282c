import { expect } from 'vitest'
import { AFTER_THE_LEASE, AN_ID, linkTo, pending, refused, succeeded } from './replies.ts'
import type { Row, Scene } from './row.ts'
import { joinMeanwhile } from './under-way.ts'

const askStatus = ({ client, request }: Scene) =>
  client.registrationStatus({ idempotencyKey: request.idempotencyKey ?? '' })

/** `registrationStatus`: the holder of a key waits for the outcome, or reads it again. */
export const STATUS: Row[] = [
  {
    it: 'replays a finished registration to the holder of its key',
    before: ({ client, request }) => client.orchestrateRegistration(request),
    send: askStatus,
    reply: succeeded(linkTo('/deposit'), { replayed: true }),
    onFile: [{ status: 'succeeded', attempts: 1 }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    it: 'waits for the outcome of one that is under way',
    send: (scene) =>
      joinMeanwhile(
        scene,
        () => scene.client.orchestrateRegistration(scene.request),
        () => askStatus(scene),
      ),
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ status: 'succeeded', attempts: 1 }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    it: 'replays a refusal to the holder of its key',
    async before({ server, client, request, email }) {
      server.partner.misbehave(email, 'multiple-accounts')
      await client.orchestrateRegistration(request)
    },
    send: askStatus,
    reply: refused(400, 'MULTIPLE_ACCOUNTS', 'Multiple accounts are not allowed', { registrationId: AN_ID }),
    onFile: [{ status: 'rejected' }],
    partner: { calls: 1, accounts: 0 },
  },
  {
    it: 'says PENDING of what only a person can decide',
    world: 'notUniqueByEmail',
    async before({ server, client, request, email }) {
      server.partner.misbehave(email, 'reset', { times: 1 })
      await client.orchestrateRegistration(request)
    },
    send: askStatus,
    reply: pending(60_000),
    onFile: [{ status: 'stuck', attempts: 1 }],
    partner: { calls: 1, accounts: 0 },
  },
  {
    it: 'says when to ask again where the next call lies beyond its patience',
    world: 'hasty',
    async before({ server, client, request, email }) {
      server.partner.misbehave(email, 'reset', { times: 1 })
      await client.orchestrateRegistration(request)
    },
    send: askStatus,
    reply: pending(AFTER_THE_LEASE),
    onFile: [{ status: 'uncertain', attempts: 1 }],
    partner: { calls: 1, accounts: 0 },
  },
  {
    it: 'knows no key that began nothing',
    send: askStatus,
    reply: refused(400, 'INVALID_INPUT', 'idempotencyKey: no registration was begun with it'),
    partner: { calls: 0, accounts: 0 },
  },
  {
    it: 'names a key that can’t be one',
    send: ({ client }) => client.registrationStatus({ idempotencyKey: 'two\nlines of a key' }),
    reply: refused(400, 'INVALID_INPUT', expect.stringMatching(/^idempotencyKey: must be printable ASCII/)),
    partner: { calls: 0, accounts: 0 },
  },
  {
    it: 'says nothing of a key that can be guessed',
    send: ({ client }) => client.registrationStatus({ idempotencyKey: '1001' }),
    reply: refused(400, 'INVALID_INPUT', expect.stringMatching(/^idempotencyKey: must have at least 16 characters/)),
    partner: { calls: 0, accounts: 0 },
  },
]
