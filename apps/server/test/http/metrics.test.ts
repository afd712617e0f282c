import { eventually } from '@registration/test-harness'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { OPERATOR, WITH_OPERATOR } from '../operator/operator-client.ts'
import { exchangeRaw } from '../support/raw-exchange.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const KEY = { authorization: `Bearer ${OPERATOR.key}` }
const request = { email: 'ann@example.com', name: 'Ann Example', visitorId: 'visitor-1' }

async function read({ url }: TestServer, headers: Record<string, string> = KEY) {
  const response = await fetch(`${url}/metrics`, { headers })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

/** Resolves with the metrics once they have these lines. A response is counted after its last byte was sent, so its reader may be earlier. */
async function untilCounted(server: TestServer, lines: readonly string[]): Promise<string> {
  let text = ''
  const readLines = async () => {
    ;({ text } = await read(server))
    return text.split('\n')
  }
  await expect.poll(readLines).toEqual(expect.arrayContaining([...lines]))
  return text
}

let server: TestServer
beforeAll(async () => {
  server = await startServer({ env: WITH_OPERATOR })
})
afterAll(() => server[Symbol.asyncDispose]())

it('/metrics counts requests, calls and outcomes, and is for operators only', async () => {
  server.partner.misbehave('bob@example.com', 'already-registered')
  await server.trpc.orchestrateRegistration(request)
  await server.rest.orchestrateRegistration({ ...request, email: 'bob@example.com' })

  expect(await read(server, {})).toMatchObject({ status: 403, text: expect.stringContaining('OPERATOR_API_KEYS') })
  const { status, type } = await read(server)
  expect({ status, type }).toEqual({ status: 200, type: expect.stringMatching(/^text\/plain; version=0\.0\.4/) })
  const expected = [
    'registration_requests_total{transport="trpc",door="trpc",call="orchestrateRegistration",code="SUCCEEDED"} 1',
    'registration_requests_total{transport="rest",door="rest",call="orchestrateRegistration",code="ALREADY_REGISTERED"} 1',
    'registration_request_duration_seconds_count{call="orchestrateRegistration",answer="success"} 1',
    'registration_request_duration_seconds_count{call="orchestrateRegistration",answer="failure"} 1',
    'registration_outcomes_total{status="succeeded"} 1',
    'registration_outcomes_total{status="rejected"} 1',
    'registration_partner_calls_total{outcome="accepted",probe="false"} 1',
    'registration_partner_call_duration_seconds_count{outcome="rejected"} 1',
    'registration_partner_breaker_state{state="closed"} 1',
    'registration_partner_breaker_state{state="open"} 0',
    'registration_requests_in_flight 0',
    'registration_partner_slots{state="used"} 0',
    'registration_journal_entries 0',
    'registration_journal_bytes 0',
    'registration_ready 1',
    'registration_unfinished{status="stuck"} 0',
    'registration_unfinished{status="pending"} 0',
    'registration_oldest_unfinished_seconds 0',
    'registration_database_up 1',
    'registration_flush_rows_count{what="intents"} 2',
    'registration_flush_duration_seconds_count{what="settlements"} 2',
  ]
  const text = await untilCounted(server, expected)
  expect(text).toContain('nodejs_eventloop_lag_seconds')
  expect(text).not.toMatch(/ann|bob|visitor-1|partner\.example/i)
})

it('/metrics shows an unavailable database and an open circuit breaker', async () => {
  await using server = await startServer({
    env: { ...WITH_OPERATOR, PARTNER_URL: 'http://127.0.0.1:9', REQUEST_DEADLINE_MS: '300' },
  })
  let visitors = 0
  // On a busy machine a call may be given up before it is sent, which does not count as a failure.
  await eventually(async () => {
    const twelve = Array.from({ length: 12 }, () =>
      server.rest.orchestrateRegistration({ ...request, email: `${visitors++}@example.com` }),
    )
    await Promise.all(twelve)
    expect((await read(server)).text).toContain('registration_partner_breaker_state{state="open"} 1')
  })
  await server.databaseProxy.disable()
  const lines = (await read(server)).text.split('\n')
  expect(lines).toEqual(expect.arrayContaining(['registration_database_up 0', 'registration_ready 0']))
  await server.databaseProxy.enable()
})

it('/metrics counts refused requests by code, and rate-limited ones by limiter', async () => {
  await using server = await startServer({
    env: {
      ...WITH_OPERATOR,
      RATE_LIMIT_IP: '3/min',
      RATE_LIMIT_EMAIL: '1/hour',
      RATE_LIMIT_INTERNAL: '1/min',
      INTERNAL_API_KEYS: 'crm:0123456789abcdef',
    },
  })
  const app = { authorization: 'Bearer 0123456789abcdef' }
  await server.rest.orchestrateRegistration({ ...request, email: 'no address' })
  await server.rest.orchestrateRegistration(request)
  await server.trpc.orchestrateRegistration(request)
  await server.trpc.orchestrateRegistration(request)
  await server.rest.registrationStatus({ idempotencyKey: 'a key that is unknown' }, app)
  await server.rest.registrationStatus({ idempotencyKey: 'a key that is unknown' }, app)
  await server.rest.orchestrateRegistration(request, { origin: 'https://elsewhere.example' })

  await untilCounted(server, [
    'registration_requests_total{transport="rest",door="rest",call="orchestrateRegistration",code="INVALID_INPUT"} 1',
    'registration_requests_total{transport="rest",door="rest",call="orchestrateRegistration",code="ORIGIN_NOT_ALLOWED"} 1',
    'registration_requests_total{transport="trpc",door="trpc",call="orchestrateRegistration",code="RATE_LIMITED"} 2',
    'registration_requests_total{transport="rest",door="rest",call="registrationStatus",code="RATE_LIMITED"} 1',
    'registration_rate_limited_total{limiter="ip"} 1',
    'registration_rate_limited_total{limiter="email"} 1',
    'registration_rate_limited_total{limiter="internal"} 1',
  ])
})

it('/metrics counts at most ten thousand unfinished registrations per status', async () => {
  await server.database.query(`insert into registrations (id, status, email, email_folded, idempotency_key_hash, visitor_id,
      traffic_params, source, attempts, asking, next_attempt_at, created_at, updated_at)
    select gen_random_uuid(), case when n % 2 = 0 then 'uncertain' else 'stuck' end, n || '@x', n || '@x', n::text::bytea, 'v',
      '{}', 's', 1, false, case when n % 2 = 0 then now() + interval '1 hour' end, now() - interval '2 hours', now()
    from generate_series(1, 20004) n`)
  const [{ text }] = await Promise.all([read(server), read(server)])
  expect(text).toContain('registration_unfinished{status="uncertain"} 10000')
  expect(text).toContain('registration_unfinished{status="stuck"} 10000')
  expect(Number(/^registration_oldest_unfinished_seconds (\S+)/m.exec(text)?.[1])).toBeGreaterThan(7_000)
})

it('concurrent reads of /metrics share one database query', async () => {
  const query = vi.spyOn(pg.Client.prototype, 'query')
  const get = `GET /metrics HTTP/1.1\r\nhost: x\r\nauthorization: ${KEY.authorization}\r\n`
  const { text } = await exchangeRaw(server.url, `${get}\r\n${get}\r\n${get}connection: close\r\n\r\n`)
  const scans = query.mock.calls.filter(([asked]) => String(asked).includes('union all'))
  query.mockRestore()
  expect(text.match(/^registration_database_up 1$/gm)).toHaveLength(3)
  expect(scans).toHaveLength(1)
})
