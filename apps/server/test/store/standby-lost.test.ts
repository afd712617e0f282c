import { startThrowawayPostgres } from '@registration/local-postgres'
import { expect, it } from 'vitest'
import { startServer } from '../support/start-server.ts'

/** Longer than any call and request of this test. The server waits for a commit for a quarter of PARTNER_TIMEOUT_MS. */
const LIMITS = { PARTNER_TIMEOUT_MS: '40000', REQUEST_DEADLINE_MS: '300000' }

it('while commits wait for a lost standby, visitors get DATABASE_UNAVAILABLE and the partner is not called', async () => {
  await using primary = await startThrowawayPostgres()
  const databaseUrl = await primary.createDatabase()
  const standby = await primary.startStandby()
  await using server = await startServer({ env: { DATABASE_URL: databaseUrl, ...LIMITS } })
  await standby.stop()
  const bob = { email: 'bob@example.com', visitorId: 'visitor-1', idempotencyKey: 'the key of one visitor' }
  const { status, answer } = await server.rest.orchestrateRegistration(bob)
  expect({ status, answer }).toMatchObject({ status: 503, answer: { code: 'DATABASE_UNAVAILABLE' } })
  expect(server.partner.ledger.calls).toHaveLength(0)

  await using _ = await primary.startStandby({ port: Number(new URL(standby.url).port) })
  // The waiting intent may be committed now. Ends its lease, so that the test need not wait for it.
  const endLease = 'update registrations set lease_until = now(), next_attempt_at = now() where asking and attempts = 1'
  const register = async () => {
    await server.database.query(endLease)
    return (await server.rest.orchestrateRegistration(bob)).answer
  }
  await expect.poll(register, { interval: 200 }).toMatchObject({ success: true })
  expect(server.partner.ledger.calls).toHaveLength(1)
})
