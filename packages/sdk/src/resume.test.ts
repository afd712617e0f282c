import { afterEach, expect, it, vi } from 'vitest'
import { oneAttempt } from '../test/support/one-attempt.ts'
import { openPage } from '../test/support/open-page.ts'
import { answers, fails, hangsUp, pending, registered, scriptedServer } from '../test/support/scripted-server.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A page in which a registration was begun, and never heard the end of. */
async function interruptedPage(endpoint: string, storage: object) {
  const { sdk } = await openPage({ storage })
  const pauses = oneAttempt()
  const begun = sdk.orchestrateRegistration('ann@example.com', 'Ann', {}, 'v-1', { endpoint })
  await expect(begun).rejects.toMatchObject({ retryable: true })
  pauses.mockRestore()
}

it('gives the outcome of an unfinished registration after a reload, under the same key', async () => {
  const storage = {}
  await using server = await scriptedServer(hangsUp, pending(), answers({ ...registered, replayed: true }))
  await interruptedPage(server.endpoint, storage)
  const { sdk } = await openPage({ storage })
  const resumed = await sdk.resume({ endpoint: server.endpoint })
  expect(resumed).toMatchObject({ depositUrl: registered.depositUrl, replayed: true })
  const [begun, ...asked] = server.requests
  expect(asked.map(({ path, input }) => ({ path, input }))).toEqual(
    Array(2).fill({
      path: '/trpc/registrationStatus',
      input: { idempotencyKey: begun?.input['idempotencyKey'] },
    }),
  )
})

it('asks nobody where nothing was begun, or everything has ended', async () => {
  const storage = {}
  await using server = await scriptedServer(answers(registered))
  const { sdk } = await openPage({ storage })
  expect(await sdk.resume(server)).toBeNull()
  await sdk.orchestrateRegistration('ann@example.com', 'Ann', {}, 'v-1', server)
  const reloaded = await openPage({ storage })
  expect(await reloaded.sdk.resume(server)).toBeNull()
  expect(server.requests).toHaveLength(1)
})

it('waits for a request that has outlived its page and is still on the way', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const storage = {}
  await using server = await scriptedServer(hangsUp, fails('INVALID_INPUT'), answers(registered))
  await interruptedPage(server.endpoint, storage)
  const { sdk } = await openPage({ storage })
  expect(await sdk.resume(server)).toMatchObject({ depositUrl: registered.depositUrl })
})

it('gives null when the request never arrived, and the same key to the next try', async () => {
  const storage = {}
  await using server = await scriptedServer(hangsUp, fails('INVALID_INPUT'), answers(registered))
  await interruptedPage(server.endpoint, storage)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5001 })
  const { sdk } = await openPage({ storage })
  expect(await sdk.resume(server)).toBeNull()
  expect(await sdk.resume(server)).toBeNull()
  await sdk.orchestrateRegistration('ann@example.com', 'Ann', {}, 'v-1', server)
  const [begun, , again] = server.requests
  expect(again?.input['idempotencyKey']).toBe(begun?.input['idempotencyKey'])
  expect(server.requests).toHaveLength(3)
})

it("throws the partner's rejection, once", async () => {
  const storage = {}
  await using server = await scriptedServer(hangsUp, fails('MULTIPLE_ACCOUNTS', { error: 'Multiple accounts' }))
  await interruptedPage(server.endpoint, storage)
  const { sdk } = await openPage({ storage })
  await expect(sdk.resume(server)).rejects.toMatchObject({ code: 'MULTIPLE_ACCOUNTS', message: 'Multiple accounts' })
  expect(await sdk.resume(server)).toBeNull()
})

it('joins the registration that is under way in this page', async () => {
  const arrived = Promise.withResolvers<() => void>()
  await using server = await scriptedServer((response, request) =>
    arrived.resolve(() => answers(registered)(response, request)),
  )
  const { sdk } = await openPage()
  const begun = sdk.orchestrateRegistration('ann@example.com', 'Ann', {}, 'v-1', server)
  const answer = await arrived.promise
  const resumed = sdk.resume(server)
  answer()
  expect(await resumed).toEqual(await begun)
  expect(server.requests).toHaveLength(1)
})
