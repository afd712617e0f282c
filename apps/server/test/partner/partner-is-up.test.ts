import { afterAll, beforeAll, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/start-server.ts'

let server: TestServer
beforeAll(async () => {
  // An unknown result is answered at once, since its lease outlasts the deadline.
  server = await startServer({
    env: { TRUSTED_PROXIES: '127.0.0.1', PARTNER_TIMEOUT_MS: '10000', REQUEST_DEADLINE_MS: '6000' },
  })
})
afterAll(() => server[Symbol.asyncDispose]())

const visit = (email: string, address: string) =>
  server.rest.orchestrateRegistration({ email, visitorId: 'v' }, { 'x-forwarded-for': address })

/** How many of thirty visitors from as many addresses are not registered. */
async function failuresOfThirty(name: string) {
  const visits = await Promise.all(
    Array.from({ length: 30 }, (_, index) => visit(`good-${index}-${name}@example.com`, `203.0.113.${index}`)),
  )
  return visits.filter(({ status }) => status !== 200).length
}

it('twelve unreadable rejections fail no request of other visitors', async () => {
  const bad = Array.from({ length: 12 }, (_, index) => `bad-${index}@example.com`)
  for (const email of bad) server.partner.misbehave(email, 'rejected-unreadably')
  const visits = bad.map((email, index) => visit(email, `198.51.100.${index}`))
  expect(await failuresOfThirty('unreadable')).toBe(0)
  await Promise.all(visits)
  expect(await failuresOfThirty('after-unreadable')).toBe(0)
})

it('partner errors for twelve e-mails of one address fail no request of other visitors', async () => {
  const bad = Array.from({ length: 12 }, (_, index) => `fails-${index}@example.com`)
  for (const email of bad) server.partner.misbehave(email, 'server-error-500')
  await Promise.all(bad.map((email) => visit(email, '198.51.100.77')))
  expect(await failuresOfThirty('after-500')).toBe(0)
})

it('calls for one e-mail do not overlap after a gateway has given up on the first', async () => {
  const statuses = ['gateway-408', 'gateway-499', 'gateway-503', 'gateway-524', 'gateway-599'] as const
  const visits = statuses.map((misbehaviour) => {
    const email = `${misbehaviour}@example.com`
    server.partner.misbehave(email, misbehaviour, { times: 1, delayMs: 500 })
    return Promise.all([visit(email, '192.0.2.1'), visit(email, '192.0.2.2')])
  })
  expect((await Promise.all(visits)).flat().filter(({ status }) => status === 200)).toEqual([])
  await server.partner.ledger.until(({ calls }) => calls.every(({ endedAt }) => endedAt !== null))
  expect(server.partner.ledger.overlappingCalls()).toEqual([])
})
