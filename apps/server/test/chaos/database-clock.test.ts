import { eventually } from '@registration/test-harness'
import { expect, it } from 'vitest'
import { openClockedDatabase } from '../support/settable-clock.ts'
import { rowsOf, startServer } from '../support/start-server.ts'

const HOUR_MS = 3_600_000
/** Nobody waits for it to end: the partner is let go instead. */
const PARTNER_TIMEOUT_MS = 120_000
const LEASE_MS = 2.25 * PARTNER_TIMEOUT_MS

const visitor = (name: string) => ({
  email: `${name}@example.com`,
  visitorId: 'v',
  idempotencyKey: `the key of the clock that is set ${name}`,
})

async function startOnClockedDatabase() {
  await using started = new AsyncDisposableStack()
  const clock = started.use(await openClockedDatabase())
  const env = { DATABASE_URL: clock.url, PARTNER_TIMEOUT_MS: `${PARTNER_TIMEOUT_MS}`, REQUEST_DEADLINE_MS: '600000' }
  const server = started.use(await startServer({ env }))
  const running = started.move()
  return { clock, server, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

it('makes no second call beside one under way when the database’s clock is set ahead past its lease', async () => {
  await using cluster = await startOnClockedDatabase()
  const { clock, server } = cluster
  const letGo = Promise.withResolvers<void>()
  server.partner.misbehave(visitor('ahead').email, 'slow', { until: letGo.promise })
  const visiting = server.rest.orchestrateRegistration(visitor('ahead'))
  await server.partner.ledger.until(({ calls }) => calls.length === 1)

  await clock.setAhead(LEASE_MS + HOUR_MS)
  // Recovery finds the lease over, and takes it over: its claim is on file.
  await eventually(async () => expect(await rowsOf(server, visitor('ahead').email)).toMatchObject([{ attempts: 2 }]))
  letGo.resolve()
  expect(await visiting).toMatchObject({ status: 200, answer: { success: true, depositUrl: expect.any(String) } })
  expect(server.partner.ledger.calls).toHaveLength(1)
})

it('finishes what waits when the database’s clock is set back, without waiting for the clock to catch up', async () => {
  await using cluster = await startOnClockedDatabase()
  const { clock, server } = cluster
  const ask = () => server.rest.orchestrateRegistration(visitor('back'))
  await clock.setAhead(HOUR_MS)
  server.partner.misbehave(visitor('back').email, 'server-error-500', { times: 1 })
  const asking = ask()
  await server.partner.ledger.until(({ calls }) => calls[0]?.endedAt != null)
  // Uncertain, and due within the second.
  await eventually(async () => expect(await rowsOf(server, visitor('back').email)).toMatchObject([{ asking: false }]))
  await clock.setAhead(0)
  await asking
  await eventually(async () => expect(await ask()).toMatchObject({ status: 200, answer: { success: true } }))
})
