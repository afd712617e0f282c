import { afterEach, expect, it, vi } from 'vitest'
import { oneAttempt } from './support/one-attempt.ts'
import { openPage } from './support/open-page.ts'
import { answers, fails, hangsUp, pending, registered, scriptedServer } from './support/scripted-server.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const visitor = ['ann@example.com', 'Ann', {}, 'v-1'] as const

function keys({ requests }: Awaited<ReturnType<typeof scriptedServer>>) {
  return requests.map(({ input }) => input['idempotencyKey'])
}

it('sends one request for a double click', async () => {
  await using server = await scriptedServer(answers(registered))
  const { sdk } = await openPage()
  const clicks = [sdk.orchestrateRegistration(...visitor, server), sdk.orchestrateRegistration(...visitor, server)]
  const [first, second] = await Promise.all(clicks)
  expect(second).toBe(first)
  expect(server.requests).toHaveLength(1)
})

it('shares one key between two tabs', async () => {
  const storage = {}
  await using server = await scriptedServer(answers(registered))
  const one = await openPage({ storage })
  const other = await openPage({ storage })
  await Promise.all([
    one.sdk.orchestrateRegistration(...visitor, server),
    other.sdk.orchestrateRegistration(...visitor, server),
  ])
  expect(server.requests).toHaveLength(2)
  expect(new Set(keys(server)).size).toBe(1)
})

it('uses the same key after a reload, whether the last answer was lost, pending or the link', async () => {
  const storage = {}
  await using server = await scriptedServer(hangsUp, pending(), answers(registered), answers(registered))
  oneAttempt()
  for (let load = 1; load <= 4; load += 1) {
    const { sdk } = await openPage({ storage })
    await sdk.orchestrateRegistration(...visitor, server).catch(() => {})
  }
  expect(server.requests).toHaveLength(4)
  expect(new Set(keys(server)).size).toBe(1)
})

it.each(['ALREADY_REGISTERED', 'MULTIPLE_ACCOUNTS', 'PARTNER_REJECTED', 'IDEMPOTENCY_KEY_REUSED'] as const)(
  'begins a new registration after %s',
  async (code) => {
    await using server = await scriptedServer(fails(code), answers(registered))
    const { sdk } = await openPage()
    await expect(sdk.orchestrateRegistration(...visitor, server)).rejects.toMatchObject({ code })
    await sdk.orchestrateRegistration(...visitor, server)
    expect(new Set(keys(server)).size).toBe(2)
  },
)

it.each(['VERIFICATION_INVALID', 'ORIGIN_NOT_ALLOWED', 'INVALID_INPUT', 'INTERNAL'] as const)(
  'keeps the key after %s, which says nothing about the registration',
  async (code) => {
    await using server = await scriptedServer(fails(code), answers(registered))
    const { sdk } = await openPage()
    await expect(sdk.orchestrateRegistration(...visitor, server)).rejects.toMatchObject({ code })
    await sdk.orchestrateRegistration(...visitor, server)
    expect(new Set(keys(server)).size).toBe(1)
  },
)

it('registers in a window whose storage is blocked, with one key for the life of the page', async () => {
  await using server = await scriptedServer(hangsUp, answers(registered), answers(registered))
  const { sdk } = await openPage({ storageBlocked: true })
  await sdk.orchestrateRegistration(...visitor, server)
  await sdk.orchestrateRegistration(...visitor, server)
  expect(server.requests).toHaveLength(3)
  expect(new Set(keys(server)).size).toBe(1)
})

it('never stores a password, a link, a name or an address', async () => {
  const storage = {}
  const userData = { ...registered.userData, password: 's3cret', autologin: 'https://partner.example/auto/1' }
  await using server = await scriptedServer(answers({ ...registered, userData }))
  const { sdk } = await openPage({ storage })
  await sdk.orchestrateRegistration(...visitor, { ...server, verificationToken: 'proof-1' })
  expect(JSON.stringify(storage)).not.toMatch(/s3cret|partner\.example|auto|ann|proof-1|v-1/i)
})

it('opens the connection ahead of time, and never fails at that', async () => {
  await using server = await scriptedServer((response) => void response.end())
  const { sdk } = await openPage()
  await sdk.warm()
  await sdk.warm({ endpoint: 'http://127.0.0.1:1' })
  await sdk.warm(server)
  expect(server.requests).toMatchObject([{ method: 'HEAD', path: '/trpc/registrationStatus' }])
})
