import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startPartnerSandbox } from '@registration/partner-sandbox'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR, operatorClient, refusalOf, WITH_OPERATOR } from '../operator/operator-client.ts'
import { freePort } from '../support/free-port.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { createRestClient } from '../support/rest-client.ts'
import { runSource } from '../support/run-source.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createReceiver } from './receive-events.ts'
import { aSecret, startReceiver, type TestReceiver } from './start-receiver.ts'

const aVisitor = () => ({
  email: `${randomUUID()}@example.com`,
  name: 'Ann Example',
  visitorId: 'visitor-1',
  trafficParams: { tag: 'spring' },
})
const envFor = (...receivers: [string, Pick<TestReceiver, 'url'>, ...secrets: string[]][]) => ({
  WEBHOOK_ENDPOINTS: receivers.map(([name, { url }]) => `${name}:${url}`).join(','),
  WEBHOOK_SECRETS: receivers.flatMap(([name, , ...secrets]) => secrets.map((one) => `${name}:${one}`)).join(','),
})

/** Waits out pauses that the test has no time for. */
const makeDue = (database: pg.Pool) =>
  database.query(`update registration_events set next_attempt_at = now() where state = 'waiting'`)

describe('an app that is told', () => {
  /** The one that replaces crm's. */
  const young = aSecret()
  const handled: string[] = []
  let crm: TestReceiver
  let mail: TestReceiver
  /** The example of the documentation. */
  let example: Server
  let exampleUrl: string
  let server: TestServer
  let open: AsyncDisposableStack

  beforeAll(async () => {
    await using started = new AsyncDisposableStack()
    crm = started.use(await startReceiver())
    mail = started.use(await startReceiver())
    const secret = aSecret()
    example = createReceiver(secret, async ({ data }) => void handled.push(String(data['registrationId'])))
    example.listen(0, '127.0.0.1')
    await once(example, 'listening')
    started.defer(() => {
      example.closeAllConnections()
      example.close()
    })
    exampleUrl = `http://127.0.0.1:${(example.address() as AddressInfo).port}/`
    const receivers = envFor(
      ['crm', crm, crm.secret, young],
      ['mail', mail, mail.secret],
      ['example', { url: exampleUrl }, secret],
    )
    server = started.use(await startServer({ env: { ...WITH_OPERATOR, ...receivers } }))
    open = started.move()
  })
  afterAll(() => open?.disposeAsync())
  beforeEach(() => {
    crm.answer = { status: 204 }
  })

  /** What a receiver got about one visitor. */
  const toldTo = ({ events }: TestReceiver, { email }: { email: string }) =>
    events.filter(({ data }) => data['email'] === email)
  /** Which bytes they were. */
  const bodiesFor = ({ bodies }: TestReceiver, { email }: { email: string }) =>
    new Set(bodies.filter((body) => body.includes(email)))

  /** What lies in the outbox for one app about one visitor. */
  async function eventOf({ email }: { email: string }, endpoint = 'crm') {
    const { rows } = await server.database.query(
      `select event.state, event.last_status, event.attempts from registration_events as event
         join registrations on registrations.id = event.registration_id
       where registrations.email = $1 and event.endpoint = $2`,
      [email, endpoint],
    )
    return rows[0]
  }

  it('reads what became of a registration, signed, once for each app', async () => {
    const visitor = aVisitor()
    const refused = aVisitor()
    server.partner.misbehave(refused.email, 'already-registered')
    const { answer } = await server.rest.orchestrateRegistration(visitor)
    await server.rest.orchestrateRegistration(refused)
    const both = [crm, mail].flatMap((receiver) => [visitor, refused].map((one) => ({ receiver, one })))
    await expect.poll(() => both.map(({ receiver, one }) => toldTo(receiver, one).length)).toEqual([1, 1, 1, 1])

    expect(toldTo(crm, visitor)[0]).toEqual({
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
    expect(toldTo(crm, refused)[0]).toMatchObject({
      type: 'registration.rejected',
      data: { status: 'rejected', code: 'ALREADY_REGISTERED', hasLink: false, depositUrl: null },
    })
    for (const one of [visitor, refused]) expect(toldTo(mail, one)[0]?.id).toBe(toldTo(crm, one)[0]?.id)
    expect([crm.unsigned, mail.unsigned]).toEqual([0, 0])
  })

  it('holds up no other while it is away, and reads the same bytes again when it is back', async () => {
    crm.answer = { status: 503 }
    const visitor = aVisitor()
    await server.rest.orchestrateRegistration(visitor)
    await expect.poll(() => toldTo(mail, visitor).length).toBe(1)
    await expect.poll(() => eventOf(visitor)).toMatchObject({ state: 'waiting', last_status: 503 })
    crm.answer = { status: 204 }
    await makeDue(server.database)
    await expect.poll(() => eventOf(visitor)).toMatchObject({ state: 'delivered' })
    expect(toldTo(crm, visitor)).toHaveLength(2)
    expect(bodiesFor(crm, visitor).size).toBe(1)
    expect(toldTo(mail, visitor)).toHaveLength(1)
  })

  it('is spared what it calls gone, and is not sought elsewhere', async () => {
    await using elsewhere = await startReceiver()
    const gone = aVisitor()
    crm.answer = { status: 410 }
    await server.rest.orchestrateRegistration(gone)
    await expect.poll(() => eventOf(gone)).toMatchObject({ state: 'dead', last_status: 410 })
    const moved = aVisitor()
    crm.answer = { status: 307, headers: { location: elsewhere.url } }
    await server.rest.orchestrateRegistration(moved)
    await expect.poll(() => eventOf(moved)).toMatchObject({ state: 'waiting', last_status: 307 })
    expect(elsewhere.events.length + elsewhere.unsigned).toBe(0)
  })

  it('is told after all of what was given up, by its id, once an operator sends it off anew', async () => {
    crm.answer = { status: 410 }
    const { events, registrations } = operatorClient(server)
    const visitor = aVisitor()
    const { answer } = await server.rest.orchestrateRegistration(visitor)
    const registrationId = 'registrationId' in answer ? (answer.registrationId ?? '') : ''
    await expect.poll(() => eventOf(visitor)).toMatchObject({ state: 'dead' })
    const [{ id = '', endpoint = '' } = {}] = (await events.list.query({ state: ['dead'], registrationId })).items
    const reason = 'ticket 12: the receiver is back'
    expect(await refusalOf(events.redrive.mutate({ id, endpoint: 'post', reason }))).toEqual({
      status: 409,
      sentence: expect.stringContaining('WEBHOOK_ENDPOINTS does not list post'),
    })
    crm.answer = { status: 204 }
    const dead = { endpoint, registrationId }
    expect(await events.redrive.mutate({ dead, reason })).toEqual({ redriven: 1, nextCursor: null })
    await expect.poll(() => eventOf(visitor)).toMatchObject({ state: 'delivered' })
    expect(toldTo(crm, visitor).map((event) => event.id)).toEqual([id, id])
    expect(bodiesFor(crm, visitor).size).toBe(1)
    const { history } = await registrations.get.query({ id: registrationId })
    expect(history[0]).toMatchObject({ action: 'redrive', by: OPERATOR.name, reason, endpoints: ['crm'] })
    const line = { action: 'redrive', operator: OPERATOR.name, requestId: expect.any(String) }
    expect(server.log).toContainEqual(
      expect.objectContaining({ ...line, msg: 'an operator was refused', eventId: id, endpoint: 'post' }),
    )
    expect(server.log).toContainEqual(expect.objectContaining({ ...line, msg: 'an operator acted', dead, redriven: 1 }))
  })

  it('accepts either secret while one replaces the other', async () => {
    const old = crm.secret
    for (const secret of [old, young]) {
      crm.secret = secret
      const visitor = aVisitor()
      await server.rest.orchestrateRegistration(visitor)
      await expect.poll(() => toldTo(crm, visitor).length).toBe(1)
    }
    crm.secret = old
    expect(crm.unsigned).toBe(0)
  })

  it('can be the example of the documentation, which handles each id once', async () => {
    const visitor = aVisitor()
    const { answer } = await server.rest.orchestrateRegistration(visitor)
    await expect.poll(() => eventOf(visitor, 'example')).toMatchObject({ state: 'delivered', attempts: 1 })
    await server.database.query(
      `update registration_events set state = 'waiting', next_attempt_at = now() where endpoint = 'example'`,
    )
    await expect.poll(() => eventOf(visitor, 'example')).toMatchObject({ state: 'delivered', attempts: 2 })
    expect(handled.filter((id) => id === answer.registrationId)).toHaveLength(1)
    expect((await fetch(exampleUrl, { method: 'POST', body: '{}' })).status).toBe(400)
  })

  it('is told once of a result that waited in the outage journal', async () => {
    const visitor = aVisitor()
    const answering = server.rest.orchestrateRegistration(visitor)
    await server.partner.ledger.until(({ callsOf }) => callsOf(visitor.email).length > 0)
    // The partner's answer has yet to come through its socket: the database is away before anybody can read it.
    await server.databaseProxy.disable()
    expect((await answering).status).toBe(200)
    expect(await eventOf(visitor)).toBeUndefined()
    await server.databaseProxy.enable()
    await expect.poll(() => eventOf(visitor)).toMatchObject({ state: 'delivered', attempts: 1 })
    expect(toldTo(crm, visitor).map(({ type }) => type)).toEqual(['registration.succeeded'])
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
  const ENCRYPTION_KEYS = `test:${Buffer.alloc(32, 1).toString('base64')}`
  const env = {
    DATABASE_URL,
    PARTNER_URL,
    ENCRYPTION_KEYS,
    ...envFor(['crm', { url: `http://127.0.0.1:${port}/` }, secret]),
  }
  const first = open.use(runSource('main.ts', { ...env, PORT: '0', DATA_DIR: folder.path }))
  const visitor = aVisitor()
  const { status } = await createRestClient(await first.ready).orchestrateRegistration(visitor)
  expect(status).toBe(200)
  process.kill(first.pid ?? 0, 'SIGKILL')
  await first.ended

  await using crm = await startReceiver(secret, port)
  await makeDue(database)
  open.use(await startServer({ env: { ...env, DATA_DIR: folder.path } }))
  await expect.poll(() => crm.events.map(({ data }) => data['email'])).toEqual([visitor.email])
})
