import { eventually } from '@registration/test-harness'
import { expect, it } from 'vitest'
import { openSettableClockDatabase } from '../support/settable-clock-database.ts'
import { rowsOf, startServer } from '../support/start-server.ts'

const HOUR_MS = 3_600_000
/** Never reached: the test releases the partner instead. */
const PARTNER_TIMEOUT_MS = 120_000
const LEASE_MS = 2.25 * PARTNER_TIMEOUT_MS

const visitor = (name: string) => ({
  email: `${name}@example.com`,
  visitorId: 'v',
  idempotencyKey: `idempotency key ${name}`,
})

async function startOnClockedDatabase() {
  await using started = new AsyncDisposableStack()
  const clock = started.use(await openSettableClockDatabase())
  const env = { DATABASE_URL: clock.url, PARTNER_TIMEOUT_MS: `${PARTNER_TIMEOUT_MS}`, REQUEST_DEADLINE_MS: '600000' }
  const server = started.use(await startServer({ env }))
  const running = started.move()
  return { clock, server, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

it('a call in progress stays the only one when the database’s clock is set ahead past its lease', async () => {
  await using cluster = await startOnClockedDatabase()
  const { clock, server } = cluster
  const release = Promise.withResolvers<void>()
  server.partner.misbehave(visitor('ahead').email, 'slow', { until: release.promise })
  const visiting = server.rest.orchestrateRegistration(visitor('ahead'))
  await server.partner.ledger.until(({ calls }) => calls.length === 1)

  await clock.setOffset(LEASE_MS + HOUR_MS)
  // Recovery finds the lease over and claims the registration: attempts becomes 2.
  await eventually(async () => expect(await rowsOf(server, visitor('ahead').email)).toMatchObject([{ attempts: 2 }]))
  release.resolve()
  expect(await visiting).toMatchObject({ status: 200, answer: { success: true, depositUrl: expect.any(String) } })
  expect(server.partner.ledger.calls).toHaveLength(1)
})

it('a waiting registration finishes after the database’s clock is set back, without waiting for it to catch up', async () => {
  await using cluster = await startOnClockedDatabase()
  const { clock, server } = cluster
  const ask = () => server.rest.orchestrateRegistration(visitor('back'))
  await clock.setOffset(HOUR_MS)
  server.partner.misbehave(visitor('back').email, 'server-error-500', { times: 1 })
  const asking = ask()
  await server.partner.ledger.until(({ calls }) => calls[0]?.endedAt != null)
  // Uncertain, and due within the second.
  await eventually(async () => expect(await rowsOf(server, visitor('back').email)).toMatchObject([{ asking: false }]))
  await clock.setOffset(0)
  await asking
  await eventually(async () => expect(await ask()).toMatchObject({ status: 200, answer: { success: true } }))
})
