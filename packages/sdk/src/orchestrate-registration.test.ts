import { expect, it } from 'vitest'
import {
  answers,
  fails,
  hangsUp,
  pending,
  registered,
  registrationId,
  scriptedServer,
} from '../test/support/scripted-server.ts'
import { configure } from './configure.ts'
import { orchestrateRegistration } from './orchestrate-registration.ts'
import { RegistrationError } from './registration-error.ts'

it('answers the four-argument call with the link', async () => {
  await using server = await scriptedServer(answers(registered))
  configure({ endpoint: `${server.endpoint}/` })

  const { depositUrl, replayed, userData } = await orchestrateRegistration(
    ' ann@example.com ',
    'Ann',
    { tag: 'spring', click_id: 77, pb: null, custom_login_link: '' },
    'v-1',
  )

  expect({ depositUrl, replayed, userData }).toEqual({
    depositUrl: registered.depositUrl,
    replayed: false,
    userData: registered.userData,
  })
  expect(server.requests[0]).toMatchObject({
    path: '/trpc/orchestrateRegistration',
    input: {
      email: 'ann@example.com',
      name: 'Ann',
      visitorId: 'v-1',
      trafficParams: { tag: 'spring', click_id: '77' },
      idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/),
    },
  })
})

it.each([
  ['null', null, null],
  ['undefined', undefined, undefined],
  ['empty', '', {}],
])('takes a name and traffic parameters that are %s, as old pages pass them', async (_, name, trafficParams) => {
  await using server = await scriptedServer(answers(registered))
  await orchestrateRegistration('blank@example.com', name, trafficParams, 'v-2', { endpoint: server.endpoint })
  expect(server.requests[0]?.input).not.toHaveProperty('name')
  expect(server.requests[0]?.input).toHaveProperty('trafficParams', {})
})

it('makes up a visitor id where the page has none, rather than lose the visitor', async () => {
  await using server = await scriptedServer(answers(registered))
  await orchestrateRegistration('no-id@example.com', 'Ann', {}, undefined, { endpoint: server.endpoint })
  expect(server.requests[0]?.input['visitorId']).toMatch(/^[0-9a-f]{32}$/)
})

it('sends the proof, asked for when it is needed', async () => {
  await using server = await scriptedServer(answers(registered))
  const endpoint = server.endpoint
  await orchestrateRegistration('p1@example.com', '', {}, 'v', { endpoint, verificationToken: async () => 'proof-1' })
  await orchestrateRegistration('p2@example.com', '', {}, 'v', { endpoint, verificationToken: 'proof-2' })
  await orchestrateRegistration('p3@example.com', '', {}, 'v', { endpoint, verificationToken: () => null })
  expect(server.requests.map(({ input }) => input['verificationToken'])).toEqual(['proof-1', 'proof-2', undefined])
})

it("throws the partner's own sentence with its code", async () => {
  const error = 'Multiple accounts are not allowed, dear friend.'
  await using server = await scriptedServer(fails('MULTIPLE_ACCOUNTS', { error, registrationId }))
  const attempt = orchestrateRegistration('two@example.com', '', {}, 'v', { endpoint: server.endpoint })
  await expect(attempt).rejects.toBeInstanceOf(RegistrationError)
  await expect(attempt).rejects.toMatchObject({
    name: 'RegistrationError',
    code: 'MULTIPLE_ACCOUNTS',
    message: error,
    retryable: false,
    requestId: 'req-1',
    registrationId,
  })
  expect(server.requests).toHaveLength(1)
})

it('asks again with the same key while the outcome is pending', async () => {
  await using server = await scriptedServer(pending(), pending(), answers(registered))
  await orchestrateRegistration('slow@example.com', '', {}, 'v', { endpoint: server.endpoint })
  expect(server.requests).toHaveLength(3)
  expect(new Set(server.requests.map(({ input }) => input['idempotencyKey'])).size).toBe(1)
})

it('throws PENDING when the outcome is still unknown at the deadline', async () => {
  await using server = await scriptedServer(pending(600_000))
  await expect(
    orchestrateRegistration('later@example.com', '', {}, 'v', { endpoint: server.endpoint, deadlineMs: 300_000 }),
  ).rejects.toMatchObject({ code: 'PENDING', retryable: true, retryAfterMs: 600_000, registrationId })
})

it('throws LINK_UNAVAILABLE for an account whose link is lost', async () => {
  await using server = await scriptedServer(answers({ ...registered, code: 'LINK_UNAVAILABLE', depositUrl: null }))
  await expect(
    orchestrateRegistration('lost@example.com', '', {}, 'v', { endpoint: server.endpoint }),
  ).rejects.toMatchObject({ code: 'LINK_UNAVAILABLE', retryable: false, registrationId })
})

it('asks again when the line breaks', async () => {
  await using server = await scriptedServer(hangsUp, answers(registered))
  await orchestrateRegistration('torn@example.com', '', {}, 'v', { endpoint: server.endpoint })
  const [first, second] = server.requests
  expect(second?.input).toEqual(first?.input)
})

it.each<[string, () => Promise<string>]>([
  [
    'throws',
    () => {
      throw new Error('no proof yet')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no proof yet'))],
])('registers without a proof where the page %s instead of giving one', async (kind, verificationToken) => {
  await using server = await scriptedServer(answers(registered), fails('VERIFICATION_REQUIRED'))
  const options = { endpoint: server.endpoint, verificationToken }
  await orchestrateRegistration(`${kind}-1@example.com`, '', {}, 'v', options)
  expect(server.requests[0]?.input).not.toHaveProperty('verificationToken')
  const attempt = orchestrateRegistration(`${kind}-2@example.com`, '', {}, 'v', options)
  await expect(attempt).rejects.toMatchObject({
    code: 'VERIFICATION_REQUIRED',
    cause: expect.objectContaining({ message: 'no proof yet' }),
  })
})

it('joins a call for the same e-mail in another spelling', async () => {
  await using server = await scriptedServer(answers(registered))
  const calls = ['Same@Example.com', ' same@example.com '].map((email) =>
    orchestrateRegistration(email, '', {}, 'v', server),
  )
  const [one, other] = await Promise.all(calls)
  expect(one).toBe(other)
  expect(server.requests).toHaveLength(1)
})

it('sends nothing when the proof comes after the deadline', async () => {
  await using server = await scriptedServer(answers(registered))
  const proof = Promise.withResolvers<string>()
  const attempt = orchestrateRegistration('late@example.com', '', {}, 'v', {
    endpoint: server.endpoint,
    deadlineMs: 1,
    verificationToken: () => proof.promise,
  })
  await expect(attempt).rejects.toMatchObject({ code: 'NETWORK', retryable: true })
  proof.resolve('proof')
  await proof.promise
  await orchestrateRegistration('other@example.com', '', {}, 'v', server)
  expect(server.requests.map(({ input }) => input['email'])).toEqual(['other@example.com'])
})
