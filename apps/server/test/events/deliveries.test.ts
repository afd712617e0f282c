import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { startPartnerSandbox } from '@registration/partner-sandbox'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { OPERATOR, operatorClient, refusalOf, WITH_OPERATOR } from '../operator/operator-client.ts'
import { freePort } from '../support/free-port.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { createRestClient } from '../support/rest-client.ts'
import { runSource } from '../support/run-source.ts'
import { startServer } from '../support/start-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createReceiver } from './receive-events.ts'
import { aSecret, startReceiver, type TestReceiver } from './start-receiver.ts'

const aVisitor = () => ({
  email: `${randomUUID()}@example.com`,
  name: 'Ann Example',
  visitorId: 'visitor-1',
  trafficParams: { tag: 'spring' },
})
const envFor = (...receivers: [string, Pick<TestReceiver, 'url' | 'secret'>][]) => ({
  WEBHOOK_ENDPOINTS: receivers.map(([name, { url }]) => `${name}:${url}`).join(','),
  WEBHOOK_SECRETS: receivers.map(([name, { secret }]) => `${name}:${secret}`).join(','),
})
/** Waits out pauses that the test has no time for. */
const makeDue = (database: pg.Pool) =>
  database.query(`update registration_events set next_attempt_at = now() where state = 'waiting'`)

describe('an app that is told', () => {
  it('reads what became of a registration, signed, once for each app', async () => {
    await using crm = await startReceiver()
    await using mail = await startReceiver()
    await using server = await startServer({ env: envFor(['crm', crm], ['mail', mail]) })
    const visitor = aVisitor()
    const refused = aVisitor()
    server.partner.misbehave(refused.email, 'already-registered')
    const { answer } = await server.rest.orchestrateRegistration(visitor)
    await server.rest.orchestrateRegistration(refused)
    await expect.poll(() => [crm.events.length, mail.events.length], { timeout: 15_000 }).toEqual([2, 2])

    const told = crm.events.find(({ data }) => data['email'] === visitor.email)
    expect(told).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'registration.succeeded',
      timestamp: expect.stringMatching(/Z$/),
      data: {
        registrationId: 'registrationId' in answer ? answer.registrationId : '',
        status: 'succeeded',
        code: null,
        email: visitor.email,
        visitorId: 'visitor-1',
        source: 'orchestrated',
        siteUrl: null,
        trafficParams: { tag: 'spring' },
        hasLink: true,
        depositUrl: 'depositUrl' in answer ? answer.depositUrl : '',
      },
    })
    expect(crm.events.find(({ data }) => data['email'] === refused.email)).toMatchObject({
      type: 'registration.rejected',
      data: { status: 'rejected', code: 'ALREADY_REGISTERED', hasLink: false, depositUrl: null },
    })
    expect(mail.events.map(({ id }) => id).toSorted()).toEqual(crm.events.map(({ id }) => id).toSorted())
    expect([crm.unsigned, mail.unsigned]).toEqual([0, 0])
  })

  it('holds up no other while it is away, and reads the same bytes again when it is back', async () => {
    await using crm = await startReceiver()
    await using mail = await startReceiver()
    crm.answer = { status: 503 }
    await using server = await startServer({ env: envFor(['crm', crm], ['mail', mail]) })
    await server.rest.orchestrateRegistration(aVisitor())
    await expect.poll(() => [crm.events.length, mail.events.length], { timeout: 15_000 }).toEqual([1, 1])
    const failures = async () =>
      (await server.database.query(`select 1 from registration_events where last_status = 503`)).rows.length
    await expect.poll(failures, { timeout: 15_000 }).toBe(1)
    crm.answer = { status: 204 }
    await makeDue(server.database)
    await expect.poll(() => crm.events.length, { timeout: 15_000 }).toBe(2)
    expect(new Set(crm.bodies).size).toBe(1)
    expect(mail.events.length).toBe(1)
  })

  it('is spared what it calls gone, and is not sought elsewhere', async () => {
    await using elsewhere = await startReceiver()
    await using crm = await startReceiver()
    crm.answer = { status: 410 }
    await using server = await startServer({ env: envFor(['crm', crm]) })
    const states = async () =>
      (await server.database.query('select state, last_status from registration_events order by id')).rows
    await server.rest.orchestrateRegistration(aVisitor())
    await expect.poll(states, { timeout: 15_000 }).toEqual([{ state: 'dead', last_status: 410 }])
    crm.answer = { status: 307, headers: { location: elsewhere.url } }
    await server.rest.orchestrateRegistration(aVisitor())
    await expect
      .poll(async () => (await states())[1], { timeout: 15_000 })
      .toEqual({ state: 'waiting', last_status: 307 })
    expect(elsewhere.events.length + elsewhere.unsigned).toBe(0)
  })

  it('is told after all of what was given up, by its id, once an operator sends it off anew', async () => {
    await using crm = await startReceiver()
    crm.answer = { status: 410 }
    await using server = await startServer({ env: { ...WITH_OPERATOR, ...envFor(['crm', crm]) } })
    const { events, registrations } = operatorClient(server)
    const dead = async () => (await events.list.query({ state: ['dead'] })).items
    await server.rest.orchestrateRegistration(aVisitor())
    await expect.poll(dead, { timeout: 15_000 }).toHaveLength(1)
    const [{ id = '', endpoint = '', registrationId = '' } = {}] = await dead()
    const reason = 'ticket 12: the receiver is back'
    expect(await refusalOf(events.redrive.mutate({ id, endpoint: 'mail', reason }))).toEqual({
      status: 409,
      sentence: expect.stringContaining('WEBHOOK_ENDPOINTS does not list mail'),
    })
    crm.answer = { status: 204 }
    expect(await events.redrive.mutate({ dead: { endpoint }, reason })).toEqual({ redriven: 1, nextCursor: null })
    const told = () => events.list.query({ registrationId }).then(({ items }) => items.map(({ state }) => state))
    await expect.poll(told, { timeout: 15_000 }).toEqual(['delivered'])
    expect(crm.events.map((event) => event.id)).toEqual([id, id])
    expect(new Set(crm.bodies).size).toBe(1)
    const { history } = await registrations.get.query({ id: registrationId })
    expect(history[0]).toMatchObject({ action: 'redrive', by: OPERATOR.name, reason, endpoints: ['crm'] })
    const line = { action: 'redrive', operator: OPERATOR.name, requestId: expect.any(String) }
    expect(server.log).toContainEqual(
      expect.objectContaining({ ...line, msg: 'an operator was refused', eventId: id, endpoint: 'mail' }),
    )
    expect(server.log).toContainEqual(
      expect.objectContaining({ ...line, msg: 'an operator acted', dead: { endpoint }, redriven: 1 }),
    )
  })

  it('accepts either secret while one replaces the other', async () => {
    await using crm = await startReceiver()
    const young = aSecret()
    const env = envFor(['crm', crm])
    await using server = await startServer({ env: { ...env, WEBHOOK_SECRETS: `${env.WEBHOOK_SECRETS},crm:${young}` } })
    await server.rest.orchestrateRegistration(aVisitor())
    await expect.poll(() => crm.events.length, { timeout: 15_000 }).toBe(1)
    crm.secret = young
    await server.rest.orchestrateRegistration(aVisitor())
    await expect.poll(() => crm.events.length, { timeout: 15_000 }).toBe(2)
    expect(crm.unsigned).toBe(0)
  })

  it('can be the example of the documentation, which handles each id once', async () => {
    const secret = aSecret()
    const handled: string[] = []
    const example = createReceiver(secret, async ({ data }) => void handled.push(String(data['registrationId'])))
    example.listen(0, '127.0.0.1')
    await once(example, 'listening')
    const { port } = example.address() as AddressInfo
    await using server = await startServer({ env: envFor(['crm', { url: `http://127.0.0.1:${port}/`, secret }]) })
    const delivered = async () =>
      (await server.database.query(`select attempts from registration_events where state = 'delivered'`)).rows
    await server.rest.orchestrateRegistration(aVisitor())
    await expect.poll(delivered, { timeout: 15_000 }).toEqual([{ attempts: 1 }])
    await server.database.query(`update registration_events set state = 'waiting', next_attempt_at = now()`)
    await expect.poll(delivered, { timeout: 15_000 }).toEqual([{ attempts: 2 }])
    expect(handled).toHaveLength(1)
    expect((await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' })).status).toBe(400)
    example.closeAllConnections()
    example.close()
  })
})

it('a server that is killed between a commit and its delivery leaves the event to the next', async () => {
  await using open = new AsyncDisposableStack()
  const folder = open.use(temporaryFolder())
  const { url: PARTNER_URL } = open.use(await startPartnerSandbox())
  const DATABASE_URL = await freshDatabase()
  const database = open.adopt(new pg.Pool({ connectionString: DATABASE_URL, max: 1 }), (pool) => pool.end())
  // Nobody listens there yet.
  const port = await freePort()
  const secret = aSecret()
  const env = {
    PORT: '0',
    DATABASE_URL,
    PARTNER_URL,
    DATA_DIR: folder.path,
    ...envFor(['crm', { url: `http://127.0.0.1:${port}/`, secret }]),
  }
  const first = open.use(runSource('main.ts', env))
  const { status } = await createRestClient(await first.ready).orchestrateRegistration(aVisitor())
  expect(status).toBe(200)
  process.kill(first.pid ?? 0, 'SIGKILL')
  await first.ended

  await using crm = await startReceiver(secret, port)
  open.use(runSource('main.ts', env))
  await expect.poll(() => database.query('select 1').then(() => true)).toBe(true)
  await makeDue(database)
  await expect.poll(() => crm.events.length, { timeout: 30_000 }).toBe(1)
}, 60_000)

it('a result that waited in the outage journal is told once', async () => {
  await using crm = await startReceiver()
  await using server = await startServer({ env: envFor(['crm', crm]) })
  const visitor = aVisitor()
  server.partner.misbehave(visitor.email, 'slow-answer', { delayMs: 300 })
  const answering = server.rest.orchestrateRegistration(visitor)
  await server.partner.ledger.until(({ calls }) => calls.length > 0)
  await server.databaseGate.shut()
  expect((await answering).status).toBe(200)
  await server.databaseGate.open()
  await expect.poll(() => crm.events.map(({ type }) => type), { timeout: 30_000 }).toEqual(['registration.succeeded'])
  const { rows } = await server.database.query('select 1 from registration_events')
  expect(rows).toHaveLength(1)
}, 60_000)
