import { afterAll, beforeAll, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/start-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ env: { INTERNAL_API_KEYS: 'crm:0123456789abcdef', VERIFICATION: 'off' } })
})
afterAll(() => server[Symbol.asyncDispose]())

it('says at the start that e-mails are taken without a proof', () => {
  expect(server.log).toContainEqual(
    expect.objectContaining({ level: 40, msg: 'VERIFICATION=off: e-mails are taken without a proof' }),
  )
})

it('says of every call who asked, by the name of the key alone, and what came of it', async () => {
  const request = { email: 'ann@example.com', visitorId: 'v', idempotencyKey: 'key of Ann' }
  const { answer } = await server.rest.orchestrateRegistration(request, { authorization: 'Bearer 0123456789abcdef' })
  await server.trpc.orchestrateRegistration({ ...request, email: 'bob@example.com' })
  const lines = server.log.filter(({ msg }) => msg === 'answered')
  expect(lines).toMatchObject([
    { call: 'orchestrateRegistration', app: 'crm', outcome: 'SUCCEEDED', registrationId: answer.registrationId },
    { call: 'orchestrateRegistration', outcome: 'IDEMPOTENCY_KEY_REUSED' },
  ])
  expect(lines[1]).not.toHaveProperty('app')
  expect(JSON.stringify(server.log)).not.toContain('0123456789abcdef')
})
