import { afterEach, expect, it } from 'vitest'
import { rowsOf, startServer, type TestServer } from '../support/start-server.ts'

let server: TestServer
afterEach(() => server[Symbol.asyncDispose]())

/** Makes the log throw at every line from now on, as a host's own log may do. */
function breakLogOf({ log }: TestServer): void {
  log.push = () => {
    throw new Error('the log is broken')
  }
}

it('a log that throws at every line costs no visitor the link, and registrations are saved', async () => {
  server = await startServer()
  breakLogOf(server)
  const visitor = { email: 'ann@example.com', visitorId: 'v', idempotencyKey: 'the key of one visitor' }
  const { status, answer } = await server.rest.orchestrateRegistration(visitor)
  expect({ status, answer }).toMatchObject({ status: 200, answer: { success: true, depositUrl: expect.any(String) } })
  expect(await server.trpc.orchestrateRegistration(visitor)).toMatchObject({ answer: { ...answer, replayed: true } })
  expect(await rowsOf(server, visitor.email)).toMatchObject([{ status: 'succeeded', asking: false }])
})

it('failed calls are settled also if the log throws when the circuit breaker opens', async () => {
  server = await startServer({ env: { PARTNER_TIMEOUT_MS: '60000', PARTNER_UNIQUE_BY_EMAIL: 'false' } })
  breakLogOf(server)
  server.partner.misbehave('*', 'server-error-500')
  // Ten failures in a row open the circuit breaker.
  const emails = Array.from({ length: 10 }, (_, visitor) => `visitor-${visitor}@example.com`)
  for (const email of emails) await server.rest.orchestrateRegistration({ email, visitorId: 'v' })
  for (const email of emails) expect(await rowsOf(server, email)).toMatchObject([{ status: 'stuck', asking: false }])
})
