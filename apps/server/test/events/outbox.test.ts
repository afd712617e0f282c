import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Claim } from '../../src/registration/registration-store.ts'
import type { Settlement } from '../../src/registration/settlement.ts'
import { createEventOutbox } from '../../src/store/create-event-outbox.ts'
import { createStore } from '../../src/store/create-store.ts'
import { erasePerson } from '../../src/store/erase-person.ts'
import { resolveRegistration } from '../../src/store/operator/resolve-registration.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

const ENDPOINTS = ['crm', 'mail']
/** Longer than any test: a test that needs the end of a lease moves it into the past. */
const LEASE_MS = 3_600_000
const answer = { success: true, domain: 'partner.example', login: 7, password: 'p', deposit: '/deposit' }
const depositUrl = 'https://partner.example/deposit'
const succeeded: Settlement = { to: 'succeeded', answer, depositUrl }
const withoutLink: Settlement = { to: 'succeeded_without_link', answer }

let open: OpenStore
let store: OpenStore['store']
beforeAll(async () => {
  open = await openStore()
  store = createTestStore()
})
afterAll(() => open[Symbol.asyncDispose]())

const createTestStore = (onSettled?: () => Promise<void>, endpoints: readonly string[] = ENDPOINTS) =>
  createStore({
    db: open.db,
    schema: 'public',
    box: open.box,
    leaseMs: LEASE_MS,
    replayForMs: LEASE_MS,
    endpoints,
    host: onSettled && { onSettled, pool: open.pool },
  })

async function insertClaim(): Promise<Claim> {
  const inserted = await store.insertIntent(aFreshIntent())
  if (inserted.kind !== 'inserted') throw new Error(`Not inserted: ${inserted.kind}`)
  return inserted.claim
}

/** Moves the due time of an endpoint's events as if `ms` had passed. */
async function advanceTime(endpoint: string, ms: number): Promise<void> {
  await sql`update registration_events set next_attempt_at = next_attempt_at - ${ms}::float8 * interval '1 millisecond'
    where endpoint = ${endpoint}`.execute(open.db)
}

/** The outbox's events about a registration for one endpoint: type and code. */
async function eventsOf({ id }: { id: string }, endpoint = 'crm') {
  const { rows } = await open.pool.query(
    'select type, code from registration_events where registration_id = $1 and endpoint = $2 order by id',
    [id, endpoint],
  )
  return rows.map(({ type, code }) => (code === null ? type : `${type} ${code}`))
}

it('each endpoint gets exactly one event per settled registration, also if many are settled in one batch', async () => {
  const settlements: [Settlement, string[]][] = [
    [succeeded, ['registration.succeeded']],
    [withoutLink, ['registration.succeeded LINK_UNAVAILABLE']],
    [{ to: 'rejected', code: 'MULTIPLE_ACCOUNTS', message: 'No' }, ['registration.rejected MULTIPLE_ACCOUNTS']],
    [{ to: 'stuck', reason: 'NOT_UNIQUE_BY_EMAIL' }, ['registration.stuck NOT_UNIQUE_BY_EMAIL']],
    [{ to: 'retry', nextAttemptInMs: 60_000 }, []],
    [{ to: 'uncertain', nextAttemptInMs: 60_000, leaseIsOver: true }, []],
  ]
  const cases = await Promise.all(
    [...settlements, ...settlements, ...settlements].map(async ([settlement, events]) => ({
      claim: await insertClaim(),
      settlement,
      events,
    })),
  )
  await Promise.all(cases.map(({ claim, settlement }) => store.settle(claim, settlement)))
  // The outage journal writes a result again if its commit succeeded but the confirmation was lost.
  for (const { claim, settlement } of cases.slice(0, 2)) {
    const { registration: _, ...call } = claim
    await store.settle(call, settlement)
  }
  for (const { claim, events } of cases) {
    expect(await eventsOf(claim)).toEqual(events)
    expect(await eventsOf(claim, 'mail')).toEqual(events)
  }
})

it('a later link is one `link_recovered` event for a known account, and a `succeeded` event after a rejection', async () => {
  const late = await insertClaim()
  await store.settle(late, withoutLink)
  await store.settle(late, succeeded)
  await store.settle(late, succeeded)
  expect(await eventsOf(late)).toEqual(['registration.succeeded LINK_UNAVAILABLE', 'registration.link_recovered'])

  const refused = await insertClaim()
  await store.settle(refused, { to: 'rejected', code: 'PARTNER_REJECTED', message: null })
  await store.settle(refused, succeeded)
  expect(await eventsOf(refused)).toEqual(['registration.rejected PARTNER_REJECTED', 'registration.succeeded'])
})

it('the end of recovery and each resolution by an operator write an event', async () => {
  const claim = await insertClaim()
  const uncertain = await store.settle(claim, { to: 'uncertain', nextAttemptInMs: 1, leaseIsOver: true })
  await store.closeRegistration(uncertain, { to: 'stuck', reason: 'PROBED_IN_VAIN' })
  const act = { id: claim.id, by: 'olga', reason: 'ticket 1' }
  await resolveRegistration(open.db, ENDPOINTS, act, { outcome: 'account_without_link' })
  await resolveRegistration(open.db, ENDPOINTS, act, { outcome: 'account_with_link', depositUrl })
  expect(await eventsOf(claim)).toEqual([
    'registration.stuck PROBED_IN_VAIN',
    'registration.succeeded LINK_UNAVAILABLE',
    'registration.link_recovered',
  ])
})

it('a rolled-back settlement writes no event, and neither does a server without endpoints', async () => {
  const rolledBack = await insertClaim()
  const host = createTestStore(async () => {
    throw new Error('the hook failed')
  })
  await expect(host.settle(rolledBack, succeeded)).rejects.toMatchObject({
    name: 'RowTemporarilyUnwritable',
    cause: new Error('the hook failed'),
  })
  expect(await eventsOf(rolledBack)).toEqual([])
  await createTestStore(async () => undefined).settle(rolledBack, succeeded)
  expect(await eventsOf(rolledBack)).toEqual(['registration.succeeded'])

  const unlisted = await insertClaim()
  await createTestStore(undefined, []).settle(unlisted, succeeded)
  const { rows } = await open.pool.query('select 1 from registration_events where registration_id = $1', [unlisted.id])
  expect(rows).toEqual([])
})

it('a due event is claimed by one process until its lease ends, and contains neither autologin link nor password', async () => {
  const endpoints = ['lone']
  const outbox = createEventOutbox(open.db, endpoints)
  const autologin = 'https://partner.example/autologin/secret'
  const claim = await insertClaim()
  await createTestStore(undefined, endpoints).settle(claim, {
    to: 'succeeded',
    answer: { ...answer, autologin },
    depositUrl: autologin,
  })
  const both = await Promise.all([outbox.claim('lone', 20, LEASE_MS), outbox.claim('lone', 20, LEASE_MS)])
  expect(both.map(({ length }) => length).toSorted()).toEqual([0, 1])
  const [delivery] = both.flat()
  expect(delivery?.event).toMatchObject({
    type: 'registration.succeeded',
    data: { registrationId: claim.id, status: 'succeeded', code: null, hasLink: true, depositUrl: null },
  })
  expect(JSON.stringify(delivery?.event)).not.toMatch(/autologin|"p"/)
  await advanceTime('lone', LEASE_MS)
  const [again] = await outbox.claim('lone', 20, LEASE_MS)
  expect(again).toMatchObject({ attempt: 2 })

  // After the second claim, a failure of the first attempt is ignored, but its delivery counts.
  if (!delivery || !again) throw new Error('nothing was due')
  await outbox.finish([{ delivery, end: { to: 'dead', status: 500, error: null } }])
  expect((await outbox.state())[0]).toMatchObject({ waiting: 1, dead: 0 })
  await outbox.finish([{ delivery, end: { to: 'delivered', status: 204, error: null } }])
  await outbox.finish([{ delivery: again, end: { to: 'dead', status: 500, error: null } }])
  expect((await outbox.state())[0]).toMatchObject({ waiting: 0, dead: 0 })
  await sql`update registration_events set id = '01900000-0000-7000-8000-000000000000',
    finished_at = now() - interval '8 days' where endpoint = 'lone'`.execute(open.db)
  expect(await outbox.deleteFinished(7 * 86_400_000, 30 * 86_400_000, 500)).toBe(1)
})

it('a failed event waits for the given pause, and each failure is recorded', async () => {
  const endpoints = ['slow']
  const outbox = createEventOutbox(open.db, endpoints)
  const claim = await insertClaim()
  await createTestStore(undefined, endpoints).settle(claim, succeeded)
  for (const status of [500, 503]) {
    const [delivery] = await outbox.claim('slow', 20, LEASE_MS)
    if (!delivery) throw new Error('nothing was due')
    await outbox.finish([{ delivery, end: { to: 'waiting', pauseMs: 2 * LEASE_MS, status, error: null } }])
    expect(await outbox.claim('slow', 20, LEASE_MS)).toEqual([])
    await advanceTime('slow', 2 * LEASE_MS)
  }
  const { rows } = await open.pool.query(
    `select state, attempts, last_status, finished_at, jsonb_path_query_array(failures, '$[*].status') as failures
     from registration_events where endpoint = 'slow'`,
  )
  expect(rows).toEqual([{ state: 'waiting', attempts: 2, last_status: 503, finished_at: null, failures: [500, 503] }])
})

it('the state counts at most ten thousand waiting and dead events per endpoint, and has the age of the oldest waiting one', async () => {
  const outbox = createEventOutbox(open.db, ENDPOINTS)
  await open.pool.query('truncate registration_events')
  await open.pool.query(
    `insert into registration_events (id, endpoint, registration_id, type, state, occurred_at)
     select uuidv7(-interval '1 second' * n), 'crm', gen_random_uuid(),
       case when n < 100 then 'registration.stuck' else 'registration.rejected' end,
       case when n > 10001 then 'dead' else 'waiting' end, now() - interval '1 second' * n
     from generate_series(1, 20002) as n`,
  )
  const waitedFor = async () => {
    const { rows } = await open.pool.query(
      `select extract(epoch from clock_timestamp() - min(occurred_at))::float8 as seconds
       from registration_events where state = 'waiting'`,
    )
    return rows[0].seconds
  }
  const before = await waitedFor()
  const [crm, mail] = await outbox.state()
  expect(crm).toMatchObject({ endpoint: 'crm', waiting: 10_000, dead: 10_000 })
  expect(crm?.oldestSeconds).toBeGreaterThanOrEqual(before)
  expect(crm?.oldestSeconds).toBeLessThanOrEqual(await waitedFor())
  expect(mail).toMatchObject({ endpoint: 'mail', waiting: 0, dead: 0, oldestSeconds: 0 })
})

it('deleting finished events deletes delivered ones first, dead ones later, and waiting ones never', async () => {
  const outbox = createEventOutbox(open.db, ENDPOINTS)
  await open.pool.query('truncate registration_events')
  const daysAgo = (days: number, state: string, ended = days) =>
    open.pool.query(
      `insert into registration_events (id, endpoint, registration_id, type, state, finished_at)
       values (uuidv7(-interval '1 day' * $1), 'crm', gen_random_uuid(), 'registration.stuck', $2, now() - interval '1 day' * $3)`,
      [days, state, ended],
    )
  // Old events that finished only six days ago.
  for (const state of ['delivered', 'dead']) await daysAgo(32, state, 6)
  for (const days of [6, 8, 31]) for (const state of ['delivered', 'dead', 'waiting']) await daysAgo(days, state)
  const day = 86_400_000
  expect(await outbox.deleteFinished(7 * day, 30 * day, 2)).toBe(2)
  expect(await outbox.deleteFinished(7 * day, 30 * day, 2)).toBe(1)
  const { rows } = await open.pool.query('select state from registration_events order by state')
  expect(rows.map(({ state }) => state)).toEqual([
    ...['dead', 'dead', 'dead'],
    ...['delivered', 'delivered'],
    ...['waiting', 'waiting', 'waiting'],
  ])
})

it('erased and deleted registrations have no events, and one that is being erased has no due event', async () => {
  const erased = await insertClaim()
  await store.settle(erased, withoutLink)
  await erasePerson(open.db, () => 'erased:x', { email: erased.registration.email, reason: 'r', requestedBy: 'b' }, 0)
  await store.settle(erased, succeeded)
  expect(await eventsOf(erased)).toEqual([])

  const erasing = await insertClaim()
  await store.settle(erasing, succeeded)
  await open.pool.query('update registrations set erased_at = now() where id = $1', [erasing.id])
  const due = await createEventOutbox(open.db, ENDPOINTS).claim('crm', 500, LEASE_MS)
  expect(due.filter(({ event }) => event.data.registrationId === erasing.id)).toEqual([])

  const old = await insertClaim()
  await store.settle(old, succeeded)
  const { rows } = await open.pool.query(
    `update registrations set id = uuidv7(- interval '2 days'), created_at = now() - interval '2 days' where id = $1 returning id`,
    [old.id],
  )
  await open.pool.query('update registration_events set registration_id = $1 where registration_id = $2', [
    rows[0].id,
    old.id,
  ])
  expect(await eventsOf(rows[0])).not.toEqual([])
  expect(await store.deleteOlder(86_400_000, 500)).toBe(1)
  expect(await eventsOf(rows[0])).toEqual([])
})
