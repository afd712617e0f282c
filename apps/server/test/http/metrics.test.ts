import { expect, it } from 'vitest'
import { OPERATOR, WITH_OPERATOR } from '../operator/operator-client.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const KEY = { authorization: `Bearer ${OPERATOR.key}` }
const request = { email: 'ann@example.com', name: 'Ann Example', visitorId: 'visitor-1' }

async function read({ url }: TestServer, headers: Record<string, string> = KEY) {
  const response = await fetch(`${url}/metrics`, { headers })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

it('counts what happened, for operators alone', async () => {
  await using server = await startServer({ env: WITH_OPERATOR })
  server.partner.misbehave('bob@example.com', 'already-registered')
  await server.trpc.orchestrateRegistration(request)
  await server.rest.orchestrateRegistration({ ...request, email: 'bob@example.com' })

  expect(await read(server, {})).toMatchObject({ status: 403, text: expect.stringContaining('OPERATOR_API_KEYS') })
  const { status, type, text } = await read(server)
  expect({ status, type }).toEqual({ status: 200, type: expect.stringMatching(/^text\/plain; version=0\.0\.4/) })
  const lines = text.split('\n')
  for (const line of [
    'registration_requests_total{call="orchestrateRegistration",code="SUCCEEDED"} 1',
    'registration_requests_total{call="orchestrateRegistration",code="ALREADY_REGISTERED"} 1',
    'registration_request_duration_seconds_count{call="orchestrateRegistration"} 2',
    'registration_outcomes_total{status="succeeded"} 1',
    'registration_outcomes_total{status="rejected"} 1',
    'registration_partner_calls_total{outcome="accepted",probe="false"} 1',
    'registration_partner_call_duration_seconds_count{outcome="rejected"} 1',
    'registration_partner_breaker_state{state="closed"} 1',
    'registration_partner_breaker_state{state="open"} 0',
    'registration_requests_in_flight 0',
    'registration_partner_slots{state="used"} 0',
    'registration_journal_entries 0',
    'registration_unfinished{kind="stuck"} 0',
    'registration_oldest_unfinished_seconds 0',
    'registration_database_up 1',
    'registration_flush_rows_count{what="intents"} 2',
    'registration_flush_duration_seconds_count{what="settlements"} 2',
  ]) {
    expect(lines).toContain(line)
  }
  expect(text).toContain('nodejs_eventloop_lag_seconds')
  expect(text).not.toMatch(/ann|bob|visitor-1|partner\.example/i)
})

it('tells of a database that is away, of the journal, and of a partner who is spared', async () => {
  await using server = await startServer({
    env: { ...WITH_OPERATOR, PARTNER_URL: 'http://127.0.0.1:9', REQUEST_DEADLINE_MS: '3000' },
  })
  const calls = Array.from({ length: 12 }, (_, n) =>
    server.rest.orchestrateRegistration({ ...request, email: `${n}@example.com` }),
  )
  await Promise.all(calls)
  expect((await read(server)).text).toContain('registration_partner_breaker_state{state="open"} 1')
  await server.databaseGate.shut()
  expect((await read(server)).text).toContain('registration_database_up 0')
  await server.databaseGate.open()
})
