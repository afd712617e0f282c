import type { EventListInput } from '@registration/shared/operator'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { DELIVERY_LEASE_MS, type DeliveryOutcome, type EventOutbox } from '../../src/events/event-outbox.ts'
import type { OperatorStore } from '../../src/operators/operator-store.ts'
import type { Settlement } from '../../src/registration/settlement.ts'
import { createEventOutbox } from '../../src/store/create-event-outbox.ts'
import { createStore, type Store } from '../../src/store/create-store.ts'
import { erasePerson } from '../../src/store/erase-person.ts'
import { createOperatorStore } from '../../src/store/operator/create-operator-store.ts'
import { openWithoutTimeouts } from '../operator/open-without-timeouts.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

const ENDPOINTS = ['crm', 'mail']
const ACT = { by: 'ann', reason: 'ticket 12: the endpoint works again' }
/** Longer than any test, and longer than DELIVERY_LEASE_MS, to which a redrive shortens a pause. */
const LEASE_MS = 3_600_000
const answer = { success: true, domain: 'partner.example', login: 7, password: 'p', deposit: '/deposit' }
const SUCCEEDED: Settlement = { to: 'succeeded', answer, depositUrl: 'https://partner.example/deposit' }
const REJECTED: Settlement = { to: 'rejected', code: 'PARTNER_REJECTED', message: null }
const GONE: DeliveryOutcome = { to: 'dead', status: 410, error: null }
const FAILED: DeliveryOutcome = { to: 'waiting', pauseMs: 86_400_000, status: 503, error: null }
const DELIVERED: DeliveryOutcome = { to: 'delivered', status: 204, error: null }

let databaseUrl: string
let open: OpenStore
let store: Store
let outbox: EventOutbox
let operators: OperatorStore
beforeAll(async () => {
  databaseUrl = await freshDatabase()
  open = await openStore({ databaseUrl })
  const { db, box } = open
  store = createStore({ db, schema: 'public', box, leaseMs: 600_000, replayForMs: 600_000, endpoints: ENDPOINTS })
  outbox = createEventOutbox(db, ENDPOINTS)
  operators = createOperatorStore({
    db,
    box,
    leaseMs: 30_000,
    mayProbe: true,
    isLinkAllowed: () => true,
    endpoints: ENDPOINTS,
  })
})
beforeEach(() => open.pool.query('truncate registration_events, registrations'))
afterAll(() => open[Symbol.asyncDispose]())

/** A settled registration with a waiting event for each endpoint. */
async function insertSettled(settlement = SUCCEEDED): Promise<{ id: string; email: string }> {
  const inserted = await store.insertIntent(aFreshIntent())
  if (inserted.kind !== 'inserted') throw new Error(`Not inserted: ${inserted.kind}`)
  await store.settle(inserted.claim, settlement)
  return { id: inserted.claim.id, email: inserted.claim.registration.email }
}

/** Claims all due events of an endpoint and finishes them with this outcome. */
async function send(endpoint: string, end: DeliveryOutcome): Promise<void> {
  const claimed = await outbox.claim(endpoint, 500, LEASE_MS)
  await outbox.finish(claimed.map((delivery) => ({ delivery, end })))
}

async function listEvents(wanted: EventListInput = {}) {
  return (await operators.events.list(wanted)).items
}

async function onlyEvent(wanted: EventListInput = {}) {
  const [event, ...others] = await listEvents(wanted)
  if (!event || others.length > 0) throw new Error('not exactly one event')
  return event
}

/** A transaction of another connection, rolled back after the test. */
async function openTransaction() {
  const client = await open.pool.connect()
  onTestFinished(async () => {
    await client.query('rollback')
    client.release()
  })
  await client.query('begin')
  return client
}

describe('the list of events', () => {
  it('pages are complete and newest first, also if a page ends between two endpoints of one event', async () => {
    for (const settlement of [SUCCEEDED, REJECTED, SUCCEEDED, REJECTED, SUCCEEDED]) await insertSettled(settlement)
    await send('mail', GONE)
    for (const wanted of [
      {},
      { state: ['dead', 'waiting'] },
      { type: ['registration.succeeded'] },
    ] as EventListInput[]) {
      const all = await listEvents(wanted)
      expect(all).toHaveLength('type' in wanted ? 6 : 10)
      const places = all.map(({ id, endpoint }) => `${id} ${endpoint}`)
      expect(places).toEqual(places.toSorted().toReversed())
      const turned: string[] = []
      let cursor: string | undefined
      do {
        const page = await operators.events.list({ ...wanted, cursor, limit: 3 })
        turned.push(...page.items.map(({ id, endpoint }) => `${id} ${endpoint}`))
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined)
      expect(turned).toEqual(places)
    }
  })

  it('filters by state, type, endpoint and registration can be combined', async () => {
    const { id } = await insertSettled()
    await insertSettled(REJECTED)
    await send('crm', FAILED)
    await send('mail', DELIVERED)
    const all = { state: ['delivered'], type: ['registration.succeeded'], endpoint: 'mail', registrationId: id }
    expect(await listEvents(all as EventListInput)).toMatchObject([{ ...all, state: 'delivered', type: all.type[0] }])
    expect(await listEvents({ registrationId: id })).toHaveLength(2)
    expect(await listEvents({ registrationId: id, state: ['dead'] })).toEqual([])
    expect(await listEvents({ type: ['registration.rejected'], endpoint: 'crm' })).toMatchObject([
      {
        code: 'PARTNER_REJECTED',
        state: 'waiting',
        attempts: 1,
        lastStatus: 503,
        failures: [{ attempt: 1, status: 503 }],
      },
    ])
    expect(await listEvents({ endpoint: 'nobody' })).toEqual([])
    expect(await listEvents({ state: ['delivered'] })).toMatchObject([{ failures: [] }, { failures: [] }])
  })

  it('an endpoint that is no longer listed keeps its events and is marked as not listed', async () => {
    await insertSettled()
    await open.pool.query(`update registration_events set endpoint = 'old' where endpoint = 'mail'`)
    expect(await listEvents({ state: ['waiting'] })).toHaveLength(2)
    expect(await operators.events.endpoints()).toMatchObject([
      { endpoint: 'crm', isListed: true, waiting: 1, dead: 0, oldestSeconds: expect.any(Number) },
      { endpoint: 'mail', isListed: true, waiting: 0, dead: 0, oldestSeconds: 0 },
      { endpoint: 'old', isListed: false, waiting: 1 },
    ])
  })
})

describe('a redrive', () => {
  it('a dead event is due again with its id and a new retry budget, and the action is in the history', async () => {
    const { id: registrationId } = await insertSettled()
    await send('crm', FAILED)
    await open.pool.query('update registration_events set next_attempt_at = now()')
    await send('crm', GONE)
    const before = await onlyEvent({ state: ['dead'] })
    expect(await operators.events.redrive(before, ACT)).toEqual({ redriven: 1, nextCursor: null })
    expect(await onlyEvent({ endpoint: 'crm' })).toMatchObject({ id: before.id, state: 'waiting', finishedAt: null })
    const [delivery] = await outbox.claim('crm', 20, LEASE_MS)
    expect(delivery).toMatchObject({
      attempt: 3,
      attemptsBefore: 2,
      event: { id: before.id, timestamp: before.occurredAt },
    })
    const { history, status } = await operators.get(registrationId)
    expect(status).toBe('succeeded')
    expect(history[0]).toEqual({
      at: expect.any(String),
      kind: 'action',
      action: 'redrive',
      ...ACT,
      endpoints: ['crm'],
    })
  })

  it('a bulk redrive resends each matching dead event once, at most 200 per call', async () => {
    const registrations = await Promise.all(Array.from({ length: 230 }, () => insertSettled()))
    await insertSettled(REJECTED)
    await send('crm', GONE)
    await send('mail', GONE)
    const wanted = { endpoint: 'crm', type: ['registration.succeeded'] } as const
    const first = await operators.events.redriveDead({ ...wanted, type: [...wanted.type] }, ACT)
    expect(first).toEqual({ redriven: 200, nextCursor: expect.any(String) })
    // The endpoint still answers 410.
    await send('crm', GONE)
    const rest = await operators.events.redriveDead({ ...wanted, type: [...wanted.type] }, ACT, first.nextCursor ?? '')
    expect(rest).toEqual({ redriven: 30, nextCursor: null })
    expect(await operators.events.endpoints()).toMatchObject([{ dead: 201 }, { dead: 231 }])
    const { history } = await operators.get(registrations[0]?.id ?? '')
    expect(history.filter(({ kind }) => kind === 'action')).toHaveLength(1)
  })

  it('a bulk redrive records one action per registration, with all its endpoints', async () => {
    const { id } = await insertSettled()
    await send('crm', GONE)
    await send('mail', GONE)
    await operators.events.redriveDead({ registrationId: id }, ACT)
    expect((await operators.get(id)).history[0]).toMatchObject({ action: 'redrive', endpoints: ['crm', 'mail'] })
  })

  it('a delivered event can be sent again', async () => {
    await insertSettled()
    await send('crm', DELIVERED)
    await operators.events.redrive(await onlyEvent({ state: ['delivered'] }), ACT)
    expect(await outbox.claim('crm', 20, LEASE_MS)).toHaveLength(1)
  })

  it('an attempt in progress keeps its lease, and its end counts only if it is a delivery', async () => {
    const { id } = await insertSettled()
    /** The event's due time and the current time, both by the database's clock. */
    const clocks = async () => {
      const { rows } = await open.pool.query<{ due: Date; now: Date }>(
        `select next_attempt_at as due, clock_timestamp() as now from registration_events where endpoint = 'crm'`,
      )
      return { due: Number(rows[0]?.due), now: Number(rows[0]?.now) }
    }
    const [delivery] = await outbox.claim('crm', 20, LEASE_MS)
    if (!delivery) throw new Error('nothing was due')
    const event = await onlyEvent({ registrationId: id, endpoint: 'crm' })
    const before = await clocks()
    await operators.events.redrive(event, ACT)
    const after = await clocks()
    expect(after.due).toBeGreaterThanOrEqual(before.now + DELIVERY_LEASE_MS)
    expect(after.due).toBeLessThanOrEqual(after.now + DELIVERY_LEASE_MS)
    await outbox.finish([{ delivery, end: FAILED }])
    expect((await clocks()).due).toBe(after.due)
    await outbox.finish([{ delivery, end: DELIVERED }])
    expect(await listEvents({ endpoint: 'crm' })).toMatchObject([{ state: 'delivered' }])
  })

  it('a redrive shortens a waiting event’s pause of a day to the delivery lease', async () => {
    await insertSettled()
    await send('crm', FAILED)
    await operators.events.redrive(await onlyEvent({ endpoint: 'crm' }), ACT)
    const { rows } = await open.pool.query(
      `select next_attempt_at < now() + interval '31 seconds' as soon from registration_events where endpoint = 'crm'`,
    )
    expect(rows).toEqual([{ soon: true }])
  })

  it('an unknown event, an unlisted endpoint and an empty WEBHOOK_ENDPOINTS are errors', async () => {
    const id = '01900000-0000-7000-8000-000000000000'
    await expect(operators.events.redrive({ id, endpoint: 'crm' }, ACT)).rejects.toMatchObject({ kind: 'not-found' })
    for (const refused of [
      operators.events.redrive({ id, endpoint: 'old' }, ACT),
      operators.events.redriveDead({ endpoint: 'old' }, ACT),
    ])
      await expect(refused).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('crm, mail') })
    const withoutEndpoints = createOperatorStore({
      ...open,
      leaseMs: 30_000,
      mayProbe: true,
      isLinkAllowed: () => true,
      endpoints: [],
    })
    await expect(withoutEndpoints.events.redriveDead({}, ACT)).rejects.toThrow('WEBHOOK_ENDPOINTS is unset')
  })

  it('concurrent bulk redrives count each event once', async () => {
    await Promise.all(Array.from({ length: 60 }, () => insertSettled()))
    await send('crm', GONE)
    const done = await Promise.all(Array.from({ length: 4 }, () => operators.events.redriveDead({}, ACT)))
    // A call skips events that another call has resent, and registrations that another call has locked.
    expect(done.reduce((sum, { redriven }) => sum + redriven, 0)).toBe(60)
    const { rows } = await open.pool.query(
      `select count(*)::int from registration_acts as act join registrations as own on own.id = act.registration_id`,
    )
    expect(rows).toEqual([{ count: 60 }])
  })

  it('a bulk redrive skips a registration that another transaction has locked', async () => {
    const { id } = await insertSettled()
    await insertSettled()
    await send('crm', GONE)
    const other = await openTransaction()
    await other.query('select from registrations where id = $1 for update', [id])
    expect(await operators.events.redriveDead({}, ACT)).toEqual({ redriven: 1, nextCursor: null })
    expect(await onlyEvent({ state: ['dead'] })).toMatchObject({ registrationId: id })
  })

  it('a redrive waits for a running erasure of its registration, and then finds no event', async () => {
    const { id } = await insertSettled()
    await send('crm', GONE)
    const event = await onlyEvent({ state: ['dead'] })
    const erasure = await openTransaction()
    await using withoutTimeouts = openWithoutTimeouts(databaseUrl)
    const waiting = createOperatorStore({
      ...open,
      db: withoutTimeouts.db,
      leaseMs: 30_000,
      mayProbe: true,
      isLinkAllowed: () => true,
      endpoints: ENDPOINTS,
    })
    const isBlocked = async () => {
      const { rows } = await open.pool.query(
        `select 1 from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0`,
      )
      return rows.length > 0
    }
    await erasure.query('update registrations set erased_at = now() where id = $1', [id])
    const refused = expect(waiting.events.redrive(event, ACT)).rejects.toMatchObject({ kind: 'not-found' })
    await expect.poll(isBlocked).toBe(true)
    await erasure.query('delete from registration_events where registration_id = $1', [id])
    await erasure.query('commit')
    await refused
  })

  it('concurrent redrives and erasures leave no event of an erased person and do not deadlock', async () => {
    const persons = await Promise.all(Array.from({ length: 40 }, () => insertSettled()))
    await send('crm', GONE)
    await send('mail', GONE)
    const erasure = ({ email }: { email: string }) =>
      erasePerson(open.db, (of) => `erased:${of}`, { email, reason: 'r', requestedBy: 'b' }, 0)
    const one = async ({ id }: { id: string }) => {
      const [event] = await listEvents({ registrationId: id, endpoint: 'mail' })
      if (event) await operators.events.redrive(event, ACT).catch(({ kind }) => expect(kind).toBe('not-found'))
    }
    await Promise.all([
      ...persons.slice(0, 30).flatMap((person) => [erasure(person), one(person)]),
      operators.events.redriveDead({}, ACT),
      operators.events.redriveDead({}, ACT),
      outbox.deleteFinished(0, 0, 500),
    ])
    const kept = new Set(persons.slice(30).map(({ id }) => id))
    expect((await listEvents({ limit: 200 })).filter(({ registrationId }) => !kept.has(registrationId))).toEqual([])
  })
})
