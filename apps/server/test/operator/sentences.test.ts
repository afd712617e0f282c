import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { runCommand } from '../support/run-commands.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { errorOf, operatorClient, WITH_OPERATOR } from './operator-client.ts'

const SENTENCE = "Ce compte existe, l'adresse “ann” est\u202e prise; drop table 'registrations' --"
const OTHER = 'Zablokowano'
const REASON = 'ticket 12: the partner says that the account exists'

let server: TestServer
let operator: ReturnType<typeof operatorClient>

beforeAll(async () => {
  server = await startServer({
    env: {
      ...WITH_OPERATOR,
      WEBHOOK_ENDPOINTS: 'crm:http://127.0.0.1:9/events',
      WEBHOOK_SECRETS: `crm:whsec_${Buffer.alloc(32, 1).toString('base64')}`,
    },
  })
  operator = operatorClient(server)
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => server.database.query('truncate registrations, registration_acts, registration_events'))

/** Inserts stuck registrations with the partner's sentence. */
async function addStuck(sentence: string, count: number, lease = 'null'): Promise<void> {
  await server.database.query(
    `insert into registrations (id, status, stuck_reason, partner_message, email, email_folded, idempotency_key_hash, visitor_id,
       traffic_params, source, attempts, asking, lease_until, updated_at)
     select id, 'stuck', 'REJECTED_AFTER_UNKNOWN', $1, id || '@example.com', id || '@example.com',
       decode(replace(id::text, '-', ''), 'hex'), 'v', '{}', 'orchestrated', 2, false, ${lease}, now()
     from (select gen_random_uuid() as id from generate_series(1, $2)) as made`,
    [sentence, count],
  )
}

async function countBy(column: string, table = 'registrations'): Promise<Record<string, number>> {
  const { rows } = await server.database.query(`select ${column} as value, count(*)::int from ${table} group by 1`)
  return Object.fromEntries(rows.map(({ value, count }) => [value, count]))
}

async function resolveAll(outcome: 'account_without_link' | 'absent', sentence = SENTENCE): Promise<number[]> {
  const batches: number[] = []
  for (let cursor: string | undefined | null; cursor !== null; ) {
    const input = { sentence, outcome, reason: REASON, ...(cursor ? { cursor } : {}) }
    const { resolved, nextCursor } = await operator.registrations.resolveSentence.mutate(input)
    batches.push(resolved)
    cursor = nextCursor
  }
  return batches
}

it('stuck sentences are listed by number, with the setting that makes them mean “already registered”', async () => {
  await addStuck(OTHER, 2)
  await addStuck(SENTENCE, 3)
  await addStuck('No', 1)
  expect(await operator.registrations.stuckSentences.query()).toEqual([
    { sentence: SENTENCE, count: 3, oldestAt: expect.any(String), alreadyWords: expect.stringContaining('prise') },
    { sentence: OTHER, count: 2, oldestAt: expect.any(String), alreadyWords: OTHER },
    { sentence: 'No', count: 1, oldestAt: expect.any(String), alreadyWords: null },
  ])
})

it('five hundred registrations with one sentence are resolved in batches, each with its record and its event', async () => {
  await addStuck(SENTENCE, 500)
  await addStuck(OTHER, 5)
  expect(await resolveAll('account_without_link')).toEqual([200, 200, 100])
  expect(await countBy('status')).toEqual({ succeeded_without_link: 500, stuck: 5 })
  expect(await countBy(`action || ' by ' || operator || ': ' || reason`, 'registration_acts')).toEqual({
    [`resolve by ann: ${REASON}`]: 500,
  })
  const distinct =
    'select count(distinct id)::int, count(distinct registration_id)::int as registrations from registration_events'
  expect((await server.database.query(distinct)).rows).toEqual([{ count: 500, registrations: 500 }])
  expect(await countBy(`type || ' ' || coalesce(code, '')`, 'registration_events')).toEqual({
    'registration.succeeded LINK_UNAVAILABLE': 500,
  })
})

it('a registration whose call may be in progress stays stuck, and so does one that is locked', async () => {
  await addStuck(SENTENCE, 1, `now() + interval '1 minute'`)
  await addStuck(SENTENCE, 3)
  const locker = await server.database.connect()
  try {
    await locker.query('begin')
    await locker.query('select 1 from registrations where lease_until is null order by id desc limit 1 for update')
    expect(await resolveAll('absent')).toEqual([2])
  } finally {
    await locker.query('rollback')
    locker.release()
  }
  expect(await countBy('status')).toEqual({ released: 2, stuck: 2 })
})

it('two operators at once resolve each registration once', async () => {
  await addStuck(SENTENCE, 300)
  const batches = await Promise.all([resolveAll('account_without_link'), resolveAll('account_without_link')])
  // A batch leaves rows that the other one has locked, so a further act may be needed.
  const rest = await resolveAll('account_without_link')
  expect([...batches.flat(), ...rest].reduce((sum, count) => sum + count, 0)).toBe(300)
  expect(await countBy('status')).toEqual({ succeeded_without_link: 300 })
  expect(await countBy('action', 'registration_acts')).toEqual({ resolve: 300 })
})

it('an unknown outcome and an empty reason are refused', async () => {
  const input = { sentence: SENTENCE, outcome: 'account_with_link' as 'absent', reason: REASON }
  expect(await errorOf(operator.registrations.resolveSentence.mutate(input))).toMatchObject({ status: 400 })
  const unreasoned = { ...input, outcome: 'absent' as const, reason: ' ' }
  expect(await errorOf(operator.registrations.resolveSentence.mutate(unreasoned))).toMatchObject({ status: 400 })
})

it('the commands list the sentences and resolve one after a confirmation', async () => {
  await addStuck(SENTENCE, 4)
  const env = { ...server.replica, ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}` }
  const listed = await runCommand(env, ['sentences'])
  expect(listed.out).not.toContain('\u202e')
  const [{ sentence, count }] = JSON.parse(listed.out)
  expect({ sentence, count }).toEqual({ sentence: SENTENCE, count: 4 })

  const resolve = ['resolve-sentence', sentence, '--outcome', 'account_without_link', '--reason', REASON, '--by', 'ann']
  const unconfirmed = await runCommand(env, resolve)
  expect(unconfirmed).toMatchObject({ exitCode: 3, err: expect.stringContaining('4 registrations will be resolved') })
  expect(await countBy('status')).toEqual({ stuck: 4 })
  const confirmed = await runCommand(env, [...resolve, '--yes'])
  expect({ exitCode: confirmed.exitCode, ...JSON.parse(confirmed.out) }).toEqual({
    exitCode: 0,
    resolved: 4,
    stillStuck: 0,
  })
  expect(await runCommand(env, [...resolve, '--yes'])).toMatchObject({
    exitCode: 4,
    err: expect.stringContaining('No registration is stuck with this sentence'),
  })
})
