import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { migratedDatabase } from '../support/migrated-database.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const UNFINISHED = '019a0000-0000-7000-8000-000000000001'

let server: TestServer
beforeAll(async () => {
  const DATABASE_URL = await migratedDatabase()
  const database = new pg.Client({ connectionString: DATABASE_URL })
  await database.connect()
  await database.query(
    `insert into registrations (id, status, email, email_folded, idempotency_key_hash, visitor_id, traffic_params, source, attempts,
      asking, next_attempt_at, updated_at)
    values ($1, 'uncertain', 'late@x.example', 'late@x.example', '\\x01', 'v', '{}', 's', 1, false, now(), now())`,
    [UNFINISHED],
  )
  await database.end()
  server = await startServer({
    env: { DATABASE_URL, INTERNAL_API_KEYS: 'crm:0123456789abcdef', VERIFICATION: 'off' },
  })
})
afterAll(() => server[Symbol.asyncDispose]())

it('VERIFICATION=off is logged as a warning at start', () => {
  expect(server.log).toContainEqual(
    expect.objectContaining({ level: 40, msg: 'VERIFICATION=off: e-mails are accepted without a proof' }),
  )
})

it('every call is logged with its outcome and the name of the app, but not its key', async () => {
  const request = { email: 'ann@example.com', visitorId: 'v', idempotencyKey: 'the key of the page' }
  const { answer } = await server.rest.orchestrateRegistration(request, { authorization: 'Bearer 0123456789abcdef' })
  await server.trpc.orchestrateRegistration({ ...request, idempotencyKey: '1001' })
  const lines = server.log.filter(({ msg }) => msg === 'answered')
  expect(lines).toMatchObject([
    {
      level: 20,
      call: 'orchestrateRegistration',
      app: 'crm',
      outcome: 'SUCCEEDED',
      registrationId: answer.registrationId,
    },
    { level: 30, call: 'orchestrateRegistration', outcome: 'INVALID_INPUT' },
  ])
  expect(lines[1]).not.toHaveProperty('app')
  expect(JSON.stringify(server.log)).not.toContain('0123456789abcdef')
})

const OUTCOMES = [
  'a registration has its outcome',
  'an account was given without a usable link',
  'a registration is stuck: a person has to decide',
]
const outcomesOf = (registrationId: unknown) =>
  server.log.filter((line) => line['registrationId'] === registrationId && OUTCOMES.includes(`${line['msg']}`))

it('the outcome of a registration is logged once, with who finished it, the number of calls and durations', async () => {
  const request = { email: 'once@example.com', visitorId: 'v', idempotencyKey: 'the key of only one' }
  server.partner.misbehave(request.email, 'slow-answer', { delayMs: 60 })
  const { answer, headers } = await server.rest.orchestrateRegistration(request)
  await server.trpc.orchestrateRegistration(request)
  const { registrationId } = answer as { registrationId: string }
  const [line, ...more] = outcomesOf(registrationId)
  expect(more).toEqual([])
  expect(line).toMatchObject({ level: 30, status: 'succeeded', code: 'SUCCEEDED', attempts: 1, by: 'request' })
  expect(line?.['requestId']).toBe(headers.get('x-request-id'))
  const [durationMs, partnerMs, storeMs] = ['durationMs', 'partnerMs', 'storeMs'].map((field) => Number(line?.[field]))
  expect(partnerMs).toBeGreaterThanOrEqual(55)
  expect(storeMs).toBeGreaterThanOrEqual(1)
  // Each duration is rounded separately.
  expect(durationMs).toBeGreaterThanOrEqual((partnerMs ?? 0) + (storeMs ?? 0) - 2)
  expect(server.log.filter(({ msg, level }) => msg === 'answered' && level === 30)).toContainEqual(
    expect.objectContaining({ registrationId, outcome: 'SUCCEEDED' }),
  )
})

it('the outcome is also logged for rejections, with their code, and for registrations that recovery finished', async () => {
  server.partner.misbehave('refused@example.com', 'already-registered')
  await server.rest.orchestrateRegistration({ email: 'refused@example.com', visitorId: 'v' })
  expect(server.log).toContainEqual(
    expect.objectContaining({ msg: OUTCOMES[0], level: 30, status: 'rejected', code: 'ALREADY_REGISTERED' }),
  )
  await expect
    .poll(() => outcomesOf(UNFINISHED))
    .toMatchObject([{ by: 'recovery', attempts: 2, status: 'succeeded', partnerMs: expect.any(Number) }])
})
