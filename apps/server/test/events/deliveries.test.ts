import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startPartnerSandbox } from '@registration/partner-sandbox'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { errorOf, OPERATOR, operatorClient, WITH_OPERATOR } from '../operator/operator-client.ts'
import { freePort } from '../support/free-port.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { createRestClient } from '../support/rest-client.ts'
import { runSource } from '../support/run-source.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createEndpoint } from './receive-events.ts'
import { createSecret, startEndpoint, type TestEndpoint } from './start-endpoint.ts'

const createVisitor = () => ({
  email: `${randomUUID()}@example.com`,
  name: 'Ann Example',
  visitorId: 'visitor-1',
  trafficParams: { tag: 'spring' },
})
const envFor = (...endpoints: [string, Pick<TestEndpoint, 'url'>, ...secrets: string[]][]) => ({
  WEBHOOK_ENDPOINTS: endpoints.map(([name, { url }]) => `${name}:${url}`).join(','),
  WEBHOOK_SECRETS: endpoints.flatMap(([name, , ...secrets]) => secrets.map((one) => `${name}:${one}`)).join(','),
})

/** Ends the pauses before the next attempts, so that the test need not wait for them. */
const makeDue = (database: pg.Pool) =>
  database.query(`update registration_events set next_attempt_at = now() where state = 'waiting'`)

describe('a webhook endpoint', () => {
  /** Replaces the secret of crm during a rotation. */
  const newSecret = createSecret()
  const handled: string[] = []
  let crm: TestEndpoint
  let mail: TestEndpoint
  /** The example in docs/events.md. */
  let example: Server
  let exampleUrl: string
  let server: TestServer
  let open: AsyncDisposableStack

  beforeAll(async () => {
    await using started = new AsyncDisposableStack()
    crm = started.use(await startEndpoint())
    mail = started.use(await startEndpoint())
    const secret = createSecret()
    example = createEndpoint(secret, async ({ data }) => void handled.push(String(data['registrationId'])))
    example.listen(0, '127.0.0.1')
    await once(example, 'listening')
    started.defer(() => {
      example.closeAllConnections()
      example.close()
    })
    exampleUrl = `http://127.0.0.1:${(example.address() as AddressInfo).port}/`
    const endpoints = envFor(
      ['crm', crm, crm.secret, newSecret],
      ['mail', mail, mail.secret],
      ['example', { url: exampleUrl }, secret],
    )
    server = started.use(await startServer({ env: { ...WITH_OPERATOR, ...endpoints } }))
    open = started.move()
  })
  afterAll(() => open?.disposeAsync())
  beforeEach(() => {
    crm.answer = { status: 204 }
  })

  /** The events about one visitor that an endpoint received. */
  const eventsFor = ({ events }: TestEndpoint, { email }: { email: string }) =>
    events.filter(({ data }) => data['email'] === email)
  /** The different bodies about one visitor that an endpoint received. */
  const bodiesFor = ({ bodies }: TestEndpoint, { email }: { email: string }) =>
    new Set(bodies.filter((body) => body.includes(email)))

  /** The outbox's row for one endpoint about one visitor. */
  async function eventOf({ email }: { email: string }, endpoint = 'crm') {
    const { rows } = await server.database.query(
      `select event.state, event.last_status, event.attempts from registration_events as event
         join registrations on registrations.id = event.registration_id
       where registrations.email = $1 and event.endpoint = $2`,
      [email, endpoint],
    )
    return rows[0]
  }

  it('each endpoint gets one signed event with the outcome of a registration', async () => {
    const visitor = createVisitor()
    const refused = createVisitor()
    server.partner.misbehave(refused.email, 'already-registered')
    const { answer } = await server.rest.orchestrateRegistration(visitor)
    await server.rest.orchestrateRegistration(refused)
    const both = [crm, mail].flatMap((endpoint) => [visitor, refused].map((one) => ({ endpoint, one })))
    await expect.poll(() => both.map(({ endpoint, one }) => eventsFor(endpoint, one).length)).toEqual([1, 1, 1, 1])

    expect(eventsFor(crm, visitor)[0]).toEqual({
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
    expect(eventsFor(crm, refused)[0]).toMatchObject({
      type: 'registration.rejected',
      data: { status: 'rejected', code: 'ALREADY_REGISTERED', hasLink: false, depositUrl: null },
    })
    for (const one of [visitor, refused]) expect(eventsFor(mail, one)[0]?.id).toBe(eventsFor(crm, one)[0]?.id)
    expect([crm.unsigned, mail.unsigned]).toEqual([0, 0])
  })

  it('an endpoint that answers 503 delays no other, and gets the same bytes again later', async () => {
    crm.answer = { status: 503 }
    const visitor = createVisitor()
    await server.rest.orchestrateRegistration(visitor)
    await expect.poll(() => eventsFor(mail, visitor).length).toBe(1)
    await expect.poll(() => eventOf(visitor)).toMatchObject({ state: 'waiting', last_status: 503 })
    crm.answer = { status: 204 }
    await makeDue(server.database)
    await expect.poll(() => eventOf(visitor)).toMatchObject({ state: 'delivered' })
    expect(eventsFor(crm, visitor)).toHaveLength(2)
    expect(bodiesFor(crm, visitor).size).toBe(1)
    expect(eventsFor(mail, visitor)).toHaveLength(1)
  })

  it('an event answered with 410 is dead, and a redirect is not followed', async () => {
    await using elsewhere = await startEndpoint()
    const gone = createVisitor()
    crm.answer = { status: 410 }
    await server.rest.orchestrateRegistration(gone)
    await expect.poll(() => eventOf(gone)).toMatchObject({ state: 'dead', last_status: 410 })
    const moved = createVisitor()
    crm.answer = { status: 307, headers: { location: elsewhere.url } }
    await server.rest.orchestrateRegistration(moved)
    await expect.poll(() => eventOf(moved)).toMatchObject({ state: 'waiting', last_status: 307 })
    expect(elsewhere.events.length + elsewhere.unsigned).toBe(0)
  })

  it('a dead event that an operator resends is delivered with its id and the same bytes', async () => {
    crm.answer = { status: 410 }
    const { events, registrations } = operatorClient(server)
    const visitor = createVisitor()
    const { answer } = await server.rest.orchestrateRegistration(visitor)
    const registrationId = 'registrationId' in answer ? (answer.registrationId ?? '') : ''
    await expect.poll(() => eventOf(visitor)).toMatchObject({ state: 'dead' })
    const [{ id = '', endpoint = '' } = {}] = (await events.list.query({ state: ['dead'], registrationId })).items
    const reason = 'ticket 12: the endpoint is back'
    expect(await errorOf(events.redrive.mutate({ id, endpoint: 'post', reason }))).toEqual({
      status: 409,
      message: expect.stringContaining('WEBHOOK_ENDPOINTS does not list post'),
    })
    crm.answer = { status: 204 }
    const dead = { endpoint, registrationId }
    expect(await events.redrive.mutate({ dead, reason })).toEqual({ redriven: 1, nextCursor: null })
    await expect.poll(() => eventOf(visitor)).toMatchObject({ state: 'delivered' })
    expect(eventsFor(crm, visitor).map((event) => event.id)).toEqual([id, id])
    expect(bodiesFor(crm, visitor).size).toBe(1)
    const { history } = await registrations.get.query({ id: registrationId })
    expect(history[0]).toMatchObject({ action: 'redrive', by: OPERATOR.name, reason, endpoints: ['crm'] })
    const line = { action: 'redrive', operator: OPERATOR.name, requestId: expect.any(String) }
    expect(server.log).toContainEqual(
      expect.objectContaining({ ...line, msg: 'an operator was refused', eventId: id, endpoint: 'post' }),
    )
    expect(server.log).toContainEqual(expect.objectContaining({ ...line, msg: 'an operator acted', dead, redriven: 1 }))
  })

  it('an event is signed with both secrets during a rotation', async () => {
    const old = crm.secret
    for (const secret of [old, newSecret]) {
      crm.secret = secret
      const visitor = createVisitor()
      await server.rest.orchestrateRegistration(visitor)
      await expect.poll(() => eventsFor(crm, visitor).length).toBe(1)
    }
    crm.secret = old
    expect(crm.unsigned).toBe(0)
  })

  it('the documentation’s example endpoint handles each id once and refuses unsigned requests', async () => {
    const visitor = createVisitor()
    const { answer } = await server.rest.orchestrateRegistration(visitor)
    await expect.poll(() => eventOf(visitor, 'example')).toMatchObject({ state: 'delivered', attempts: 1 })
    await server.database.query(
      `update registration_events set state = 'waiting', next_attempt_at = now() where endpoint = 'example'`,
    )
    await expect.poll(() => eventOf(visitor, 'example')).toMatchObject({ state: 'delivered', attempts: 2 })
    expect(handled.filter((id) => id === answer.registrationId)).toHaveLength(1)
    expect((await fetch(exampleUrl, { method: 'POST', body: '{}' })).status).toBe(400)
  })

  it('a result that waited in the outage journal leads to one event', async () => {
    const visitor = createVisitor()
    const answering = server.rest.orchestrateRegistration(visitor)
    await server.partner.ledger.until(({ callsOf }) => callsOf(visitor.email).length > 0)
    // The partner's answer has not arrived yet, so the database is unavailable before the server can read the answer.
    await server.databaseProxy.disable()
    expect((await answering).status).toBe(200)
    expect(await eventOf(visitor)).toBeUndefined()
    await server.databaseProxy.enable()
    await expect.poll(() => eventOf(visitor)).toMatchObject({ state: 'delivered', attempts: 1 })
    expect(eventsFor(crm, visitor).map(({ type }) => type)).toEqual(['registration.succeeded'])
  })
})

it('an event whose server was killed between commit and delivery is delivered by the next server', async () => {
  await using open = new AsyncDisposableStack()
  const folder = open.use(temporaryFolder())
  const { url: PARTNER_URL } = open.use(await startPartnerSandbox())
  const DATABASE_URL = await freshDatabase()
  const database = open.adopt(new pg.Pool({ connectionString: DATABASE_URL, max: 1 }), (pool) => pool.end())
  // Nothing listens on this port yet.
  const port = await freePort()
  const secret = createSecret()
  const ENCRYPTION_KEYS = `test:${Buffer.alloc(32, 1).toString('base64')}`
  const env = {
    DATABASE_URL,
    PARTNER_URL,
    ENCRYPTION_KEYS,
    ...envFor(['crm', { url: `http://127.0.0.1:${port}/` }, secret]),
  }
  const first = open.use(runSource('main.ts', { ...env, PORT: '0', DATA_DIR: folder.path }))
  const visitor = createVisitor()
  const { status } = await createRestClient(await first.ready).orchestrateRegistration(visitor)
  expect(status).toBe(200)
  process.kill(first.pid ?? 0, 'SIGKILL')
  await first.ended

  await using crm = await startEndpoint(secret, port)
  await makeDue(database)
  open.use(await startServer({ env: { ...env, DATA_DIR: folder.path } }))
  await expect.poll(() => crm.events.map(({ data }) => data['email'])).toEqual([visitor.email])
})
