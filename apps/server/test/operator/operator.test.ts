import { hostname } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rowsOf, startServer, type TestServer } from '../support/start-server.ts'
import { errorOf, OPERATOR, operatorClient, WITH_OPERATOR } from './operator-client.ts'

const REASON = 'ticket 4711: the partner’s support looked it up'
const EARLIER = '2026-03-01T00:00:00Z'
const LATER = '2026-03-02T00:00:00Z'
const LINK = 'https://pay.partner.example/deposit?account=7'

let server: TestServer
let operator: ReturnType<typeof operatorClient>
let visitors = 0

beforeAll(async () => {
  const env = {
    ...WITH_OPERATOR,
    PARTNER_UNIQUE_BY_EMAIL: 'false',
    REDIRECT_HOSTS: '*.partner.example,partner.example',
  }
  server = await startServer({ env })
  operator = operatorClient(server)
})
afterAll(() => server[Symbol.asyncDispose]())

function createVisitor() {
  const email = `visitor-${++visitors}@example.com`
  return { email, visitorId: `visitor-${visitors}`, idempotencyKey: `the key of ${email}` }
}

/** A stuck registration: the partner's answer was lost, and a second call could create a second account. */
async function insertStuck() {
  const request = createVisitor()
  server.partner.misbehave(request.email, 'reset', { times: 1 })
  await server.rest.orchestrateRegistration(request)
  const [row] = await rowsOf(server, request.email)
  expect(row).toMatchObject({ status: 'stuck' })
  // Ends the lost call's lease, so that the test need not wait for it.
  await server.database.query('update registrations set lease_until = null where id = $1', [row?.id])
  return { request, id: row?.id ?? '' }
}

describe('the operators’ API', () => {
  it.each([
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer not-the-key' }],
  ])('a call with %s is refused', async (_, headers) => {
    const error = await errorOf(operatorClient(server, headers).registrations.list.query({}))
    expect(error).toEqual({ status: 403, message: expect.stringContaining('OPERATOR_API_KEYS') })
  })

  it.each([
    ['from another origin', { origin: 'https://evil.example' }],
    ['from another site without an Origin header', { 'sec-fetch-site': 'cross-site' }],
    ['from a sibling domain', { 'sec-fetch-site': 'same-site' }],
  ])('a call with a valid key %s is refused', async (_, headers) => {
    const client = operatorClient(server, { authorization: `Bearer ${OPERATOR.key}`, ...headers })
    expect(await errorOf(client.registrations.list.query({}))).toMatchObject({ status: 403 })
  })

  it('guessed keys are rate-limited, and a valid key still works', async () => {
    await using other = await startServer({ env: WITH_OPERATOR })
    const guess = operatorClient(other, { authorization: 'Bearer guess' })
    const errors = await Promise.all(Array.from({ length: 25 }, () => errorOf(guess.registrations.list.query({}))))
    expect(new Set(errors.map(({ status }) => status))).toEqual(new Set([403, 429]))
    expect(await operatorClient(other).registrations.list.query({})).toEqual({ items: [], nextCursor: null })
  })

  it('the error of a server without operators names OPERATOR_API_KEYS', async () => {
    await using other = await startServer()
    const error = await errorOf(operatorClient(other).registrations.list.query({}))
    expect(error).toEqual({ status: 403, message: 'This server has no operators: set OPERATOR_API_KEYS.' })
  })

  it('the error for an invalid input names the field', async () => {
    const error = await errorOf(operator.registrations.get.query({ id: 'x' }))
    expect(error).toEqual({ status: 400, message: 'id: must be the id of a registration' })
    const reasonless = operator.registrations.erase.mutate({ id: '01a21bfa-546b-70db-b7fd-9d8142d5af3e', reason: ' ' })
    expect(await errorOf(reasonless)).toEqual({ status: 400, message: 'reason: must not be empty' })
  })

  it.each([
    ['a page of more than 200 rows', 'limit', () => operator.registrations.list.query({ limit: 201 })],
    ['a filter of more than 500 characters', 'tag', () => operator.registrations.list.query({ tag: 'x'.repeat(501) })],
    ['a range that ends before it begins', 'to', () => operator.stats.query({ from: LATER, to: EARLIER })],
  ])('%s is refused', async (_, field, call) => {
    const message = expect.stringMatching(new RegExp(`^${field}: `))
    expect(await errorOf(call())).toEqual({ status: 400, message })
  })

  it('batches, and bodies of more than 16 KiB, are refused', async () => {
    const post = (path: string, body: object) =>
      fetch(`${server.url}/operator/trpc/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${OPERATOR.key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    expect((await post('registrations.list', {})).status).toBe(200)
    expect((await post('registrations.list,registrations.list?batch=1', { 0: {}, 1: {} })).status).toBe(400)
    const long = await post('registrations.list', { more: 'x'.repeat(16 * 1024) })
    expect([long.status, await long.text()]).toEqual([400, expect.stringContaining('at most 16 KiB')])
  })

  it.each([OPERATOR.key, 'not-the-key'])('a response is not cached (key %s)', async (key) => {
    const url = `${server.url}/operator/trpc/registrations.list?input={}`
    const { headers } = await fetch(url, { headers: { authorization: `Bearer ${key}` } })
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('an internal error’s message has no details', async () => {
    await server.database.query('alter table registrations rename to hidden')
    const error = await errorOf(operator.registrations.list.query({}))
    await server.database.query('alter table hidden rename to registrations')
    expect(error).toEqual({ status: 500, message: expect.not.stringContaining('relation') })
  })

  it('an unknown id is 404 for reads, and 409 for a retry', async () => {
    const id = '01a21bfa-546b-70db-b7fd-9d8142d5af3e'
    expect(await errorOf(operator.registrations.get.query({ id }))).toMatchObject({ status: 404 })
    expect(await errorOf(operator.registrations.reveal.mutate({ id, reason: REASON }))).toMatchObject({ status: 404 })
    expect(await errorOf(operator.registrations.retry.mutate({ id, reason: REASON }))).toMatchObject({ status: 409 })
  })
})

describe('the list of registrations', () => {
  it('pages are newest first and have each registration once', async () => {
    const tag = 'paged'
    const requests = Array.from({ length: 5 }, createVisitor)
    for (const request of requests) await server.rest.orchestrateRegistration({ ...request, trafficParams: { tag } })
    const first = await operator.registrations.list.query({ tag, limit: 2 })
    const second = await operator.registrations.list.query({ tag, limit: 2, cursor: first.nextCursor ?? '' })
    const last = await operator.registrations.list.query({ tag, limit: 2, cursor: second.nextCursor ?? '' })
    expect(last.nextCursor).toBeNull()
    const emails = [first, second, last].flatMap(({ items }) => items.map(({ email }) => email))
    expect(emails).toEqual(requests.map(({ email }) => email).toReversed())
  })

  it('can be filtered by status, code, e-mail, click id, tag and time', async () => {
    const request = { ...createVisitor(), trafficParams: { tag: 'found', click_id: 'click-found' } }
    server.partner.misbehave(request.email, 'already-registered')
    const before = new Date().toISOString()
    await server.rest.orchestrateRegistration(request)
    const after = new Date(Date.now() + 1_000).toISOString()
    const emailsBy = async (filter: Parameters<typeof operator.registrations.list.query>[0]) =>
      (await operator.registrations.list.query(filter)).items.map(({ email }) => email)
    expect(await emailsBy({ status: ['rejected'], code: 'ALREADY_REGISTERED' })).toEqual([request.email])
    expect(await emailsBy({ email: request.email.toUpperCase() })).toEqual([request.email])
    expect(await emailsBy({ clickId: 'click-found' })).toEqual([request.email])
    expect(await emailsBy({ from: before, to: after, tag: 'found' })).toEqual([request.email])
    expect(await emailsBy({ to: before, tag: 'found' })).toEqual([])
    expect(await emailsBy({ from: after })).toEqual([])
  })
})

describe('one registration', () => {
  it('is shown with its history and without secrets', async () => {
    const request = createVisitor()
    const { answer } = await server.rest.orchestrateRegistration(request)
    const [row] = await rowsOf(server, request.email)
    const details = await operator.registrations.get.query({ id: row?.id ?? '' })
    expect(details).toMatchObject({ status: 'succeeded', email: request.email, hasSecrets: true })
    expect(details.history).toEqual([
      { at: expect.any(String), kind: 'status', status: 'succeeded', replica: null },
      {
        at: details.history[2]?.at,
        kind: 'call',
        attempt: 1,
        why: 'registration',
        outcome: 'accepted',
        durationMs: expect.any(Number),
        lookedUp: false,
        replica: `${hostname()}:${process.pid}`,
      },
      { at: expect.any(String), kind: 'begun' },
    ])
    const { depositUrl, userData } = answer as { depositUrl: string; userData: { password: string; autologin: string } }
    for (const secret of [depositUrl, userData.password, userData.autologin]) {
      expect(JSON.stringify(details)).not.toContain(secret)
    }
  })

  it('its secrets are shown to an operator with a reason, which is recorded and logged', async () => {
    const request = createVisitor()
    const { answer } = await server.rest.orchestrateRegistration(request)
    const [row] = await rowsOf(server, request.email)
    const id = row?.id ?? ''
    const secrets = await operator.registrations.reveal.mutate({ id, reason: REASON })
    const { depositUrl, userData } = answer as { depositUrl: string; userData: { password: string; autologin: string } }
    expect(secrets).toEqual({ depositUrl, password: userData.password, autologin: userData.autologin })
    const { history } = await operator.registrations.get.query({ id })
    expect(history[0]).toEqual({ at: expect.any(String), kind: 'action', action: 'reveal', by: 'ann', reason: REASON })
    expect(server.log).toContainEqual(
      expect.objectContaining({ msg: 'an operator acted', action: 'reveal', operator: 'ann', registrationId: id }),
    )
  })

  it('an erasure removes the person and records the operator and the reason', async () => {
    const request = createVisitor()
    await server.rest.orchestrateRegistration(request)
    const [row] = await rowsOf(server, request.email)
    const id = row?.id ?? ''
    const erased = await operator.registrations.erase.mutate({ id, reason: REASON })
    expect(erased).toMatchObject({ email: 'erased', hasSecrets: false, erasedAt: expect.any(String) })
    expect(erased.history[0]).toMatchObject({ kind: 'action', action: 'erase', by: 'ann', reason: REASON })
    expect(await errorOf(operator.registrations.erase.mutate({ id, reason: REASON }))).toMatchObject({ status: 409 })
  })
})

describe('a stuck registration', () => {
  it('is resolved with a link, which the visitor’s next request gets', async () => {
    const { request, id } = await insertStuck()
    const details = await operator.registrations.resolve.mutate({
      id,
      reason: REASON,
      outcome: 'account_with_link',
      depositUrl: LINK,
    })
    expect(details).toMatchObject({ status: 'succeeded', partnerDomain: 'pay.partner.example' })
    expect(details.history.slice(0, 2)).toMatchObject([
      { kind: 'status', status: 'succeeded' },
      { kind: 'action', action: 'resolve', by: 'ann', reason: REASON },
    ])
    const { answer } = await server.rest.orchestrateRegistration(request)
    expect(answer).toMatchObject({ success: true, depositUrl: LINK, replayed: true })
  })

  it('is resolved without a link, which can be added later', async () => {
    const { request, id } = await insertStuck()
    await operator.registrations.resolve.mutate({ id, reason: REASON, outcome: 'account_without_link' })
    expect((await server.rest.orchestrateRegistration(request)).answer).toMatchObject({ code: 'LINK_UNAVAILABLE' })
    await operator.registrations.resolve.mutate({ id, reason: REASON, outcome: 'account_with_link', depositUrl: LINK })
    expect((await server.rest.orchestrateRegistration(request)).answer).toMatchObject({ depositUrl: LINK })
  })

  it('starts again with the visitor’s next request if it is resolved as absent', async () => {
    const { request, id } = await insertStuck()
    await operator.registrations.resolve.mutate({ id, reason: REASON, outcome: 'absent' })
    expect((await server.rest.orchestrateRegistration(request)).answer).toMatchObject({
      success: true,
      replayed: false,
    })
  })

  it.each([
    'http://partner.example/deposit',
    'https://user@partner.example/deposit',
    'https://elsewhere.example/deposit',
    'javascript:alert(1)',
    'no link',
  ])('is not resolved with %s, which is no allowed link', async (depositUrl) => {
    const { id } = await insertStuck()
    const error = await errorOf(
      operator.registrations.resolve.mutate({ id, reason: REASON, outcome: 'account_with_link', depositUrl }),
    )
    expect(error).toEqual({ status: 400, message: expect.stringContaining('REDIRECT_HOSTS') })
    expect((await operator.registrations.get.query({ id })).status).toBe('stuck')
  })

  it('is not resolved during a call’s lease, nor twice', async () => {
    const { id } = await insertStuck()
    const absent = { id, reason: REASON, outcome: 'absent' } as const
    await server.database.query(`update registrations set lease_until = now() + interval '1 minute' where id = $1`, [
      id,
    ])
    expect(await errorOf(operator.registrations.resolve.mutate(absent))).toEqual({
      status: 409,
      message: expect.stringContaining('in progress'),
    })
    await server.database.query('update registrations set lease_until = null where id = $1', [id])
    await operator.registrations.resolve.mutate(absent)
    expect(await errorOf(operator.registrations.resolve.mutate(absent))).toEqual({
      status: 409,
      message: expect.stringContaining('released'),
    })
    expect(server.log).toContainEqual(expect.objectContaining({ msg: 'an operator was refused', registrationId: id }))
  })

  it('is not retried if a second call could create a second account', async () => {
    const { id } = await insertStuck()
    expect(await errorOf(operator.registrations.retry.mutate({ id, reason: REASON }))).toEqual({
      status: 409,
      message: expect.stringContaining('PARTNER_UNIQUE_BY_EMAIL'),
    })
  })
})

describe('a server with PARTNER_UNIQUE_BY_EMAIL', () => {
  let other: TestServer
  let otherOperator: ReturnType<typeof operatorClient>
  beforeAll(async () => {
    other = await startServer({ env: WITH_OPERATOR })
    otherOperator = operatorClient(other)
  })
  afterAll(() => other?.[Symbol.asyncDispose]())

  it('statistics count registrations by status, rejection, tag and time', async () => {
    const from = new Date(Date.now() - 3_600_000).toISOString()
    expect(await otherOperator.stats.query({ from })).toMatchObject({
      overTime: [],
      latency: null,
      unfinished: { oldest: null },
    })
    for (const tag of ['spring', 'spring', 'autumn']) {
      await other.rest.orchestrateRegistration({ ...createVisitor(), trafficParams: { tag } })
    }
    const refused = createVisitor()
    other.partner.misbehave(refused.email, 'already-registered')
    await other.rest.orchestrateRegistration(refused)
    const stats = await otherOperator.stats.query({ from })
    expect(stats).toMatchObject({
      byStatus: { succeeded: 3, rejected: 1 },
      refusals: [{ code: 'ALREADY_REGISTERED', count: 1 }],
      latency: { p50: expect.any(Number), p99: expect.any(Number) },
      unfinished: { count: 0, stuck: 0, oldest: null },
    })
    expect(stats.tags).toContainEqual({ tag: 'spring', count: 2, succeeded: 2 })
    expect(stats.tags).toContainEqual({ tag: null, count: 1, succeeded: 0 })
    const charted = stats.overTime.map(({ byStatus }) => byStatus.succeeded + byStatus.rejected)
    expect(charted.reduce((sum, count) => sum + count)).toBe(4)
  })

  it('a stuck registration that an operator retries is finished by recovery', async () => {
    const request = createVisitor()
    other.partner.misbehave(request.email, 'reset', { times: 1 })
    const answered = other.rest.orchestrateRegistration(request)
    await other.partner.ledger.until(({ calls }) => calls.length > 0)
    await other.database.query(
      `update registrations set status = 'stuck', stuck_reason = 'PROBED_IN_VAIN', asking = false, lease_until = null,
         attempts = attempts + 1
       where email = $1`,
      [request.email],
    )
    await answered
    const [{ id = '' } = {}] = (await otherOperator.registrations.list.query({ status: ['stuck'] })).items
    expect(await otherOperator.registrations.retry.mutate({ id, reason: REASON })).toMatchObject({
      status: 'uncertain',
    })
    await expect.poll(async () => (await otherOperator.registrations.get.query({ id })).status).toBe('succeeded')
    const { history } = await otherOperator.registrations.get.query({ id })
    expect(history).toContainEqual(
      expect.objectContaining({ kind: 'call', why: 'operator', replica: expect.stringContaining(`${process.pid}`) }),
    )
  })
})
