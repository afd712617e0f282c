import { startThrowawayPostgres } from '@registration/local-postgres'
import { expect, it } from 'vitest'
import { startServer } from '../support/start-server.ts'

it('turns visitors away, and leaves the partner alone, while commits wait for a standby that is gone', {
  timeout: 60_000,
}, async () => {
  await using primary = await startThrowawayPostgres()
  const databaseUrl = await primary.createDatabase()
  const standby = await primary.startStandby()
  await using server = await startServer({ env: { DATABASE_URL: databaseUrl, PARTNER_TIMEOUT_MS: '1000' } })
  await standby.stop()
  const bob = { email: 'bob@example.com', visitorId: 'visitor-1', idempotencyKey: 'the key of one visitor' }
  const { status, answer } = await server.rest.orchestrateRegistration(bob)
  expect({ status, answer }).toMatchObject({ status: 503, answer: { code: 'DATABASE_UNAVAILABLE' } })
  expect(server.partner.ledger.calls).toHaveLength(0)

  await using _ = await primary.startStandby({ port: Number(new URL(standby.url).port) })
  // What waited may be committed by now, and held by its lease: then recovery finishes it.
  await expect
    .poll(async () => (await server.rest.orchestrateRegistration(bob)).answer, { timeout: 40_000, interval: 200 })
    .toMatchObject({ success: true })
  expect(server.partner.ledger.calls).toHaveLength(1)
})
