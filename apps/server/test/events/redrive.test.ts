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
const ACT = { by: 'ann', reason: 'ticket 12: the receiver is mended' }
/** Longer than the lease that a redrive leaves, and than any test. */
const LEASE_MS = 3_600_000
const answer = { success: true, domain: 'partner.example', login: 7, password: 'p', deposit: '/deposit' }
const SUCCEEDED: Settlement = { to: 'succeeded', answer, depositUrl: 'https://partner.example/deposit' }
const REJECTED: Settlement = { to: 'rejected', code: 'PARTNER_REJECTED', message: null }
const GONE: DeliveryOutcome = { to: 'dead', status: 410, error: null }
const FAILED: DeliveryOutcome = { to: 'waiting', pauseMs: 86_400_000, status: 503, error: null }
const TAKEN: DeliveryOutcome = { to: 'delivered', status: 204, error: null }

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

/** A settled registration, of which every app is to be told. */
async function settled(settlement = SUCCEEDED): Promise<{ id: string; email: string }> {
  const beginning = await store.insertIntent(aFreshIntent())
  if (beginning.kind !== 'inserted') throw new Error(`Not begun: ${beginning.kind}`)
  await store.settle(beginning.claim, settlement)
  return { id: beginning.claim.id, email: beginning.claim.registration.email }
}

/** What is due to an app is sent, and ends so. */
async function send(endpoint: string, end: DeliveryOutcome): Promise<void> {
  const claimed = await outbox.claim(endpoint, 500, LEASE_MS)
  await outbox.finish(claimed.map((delivery) => ({ delivery, end })))
}

async function listed(wanted: EventListInput = {}) {
  return (await operators.events.list(wanted)).items
}

async function onlyOne(wanted: EventListInput = {}) {
  const [event, ...others] = await listed(wanted)
  if (!event || others.length > 0) throw new Error('not one')
  return event
}

/** Somebody else's, which ends with the test. */
async function aTransaction() {
  const client = await open.pool.connect()
  onTestFinished(async () => {
    await client.query('rollback')
    client.release()
  })
  await client.query('begin')
  return client
}

describe('the list of events', () => {
  it('is turned page by page, newest first, through apps that share an id', async () => {
    for (const settlement of [SUCCEEDED, REJECTED, SUCCEEDED, REJECTED, SUCCEEDED]) await settled(settlement)
    await send('mail', GONE)
    for (const wanted of [
      {},
      { state: ['dead', 'waiting'] },
      { type: ['registration.succeeded'] },
    ] as EventListInput[]) {
      const all = await listed(wanted)
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

  it('finds by state, type, app and registration, and by all of them', async () => {
    const { id } = await settled()
    await settled(REJECTED)
    await send('crm', FAILED)
    await send('mail', TAKEN)
    const all = { state: ['delivered'], type: ['registration.succeeded'], endpoint: 'mail', registrationId: id }
    expect(await listed(all as EventListInput)).toMatchObject([{ ...all, state: 'delivered', type: all.type[0] }])
    expect(await listed({ registrationId: id })).toHaveLength(2)
    expect(await listed({ registrationId: id, state: ['dead'] })).toEqual([])
    expect(await listed({ type: ['registration.rejected'], endpoint: 'crm' })).toMatchObject([
      {
        code: 'PARTNER_REJECTED',
        state: 'waiting',
        attempts: 1,
        lastStatus: 503,
        failures: [{ attempt: 1, status: 503 }],
      },
    ])
    expect(await listed({ endpoint: 'nobody' })).toEqual([])
    expect(await listed({ state: ['delivered'] })).toMatchObject([{ failures: [] }, { failures: [] }])
  })

  it('has those of an app that is no longer listed, and says so', async () => {
    await settled()
    await open.pool.query(`update registration_events set endpoint = 'old' where endpoint = 'mail'`)
    expect(await listed({ state: ['waiting'] })).toHaveLength(2)
    expect(await operators.events.endpoints()).toMatchObject([
      { endpoint: 'crm', isListed: true, waiting: 1, dead: 0, oldestSeconds: expect.any(Number) },
      { endpoint: 'mail', isListed: true, waiting: 0, dead: 0, oldestSeconds: 0 },
      { endpoint: 'old', isListed: false, waiting: 1 },
    ])
  })
})

describe('a redrive', () => {
  it('sends what is dead again with its id, as often as anew, and is kept with its registration', async () => {
    const { id: registrationId } = await settled()
    await send('crm', FAILED)
    await open.pool.query('update registration_events set next_attempt_at = now()')
    await send('crm', GONE)
    const before = await onlyOne({ state: ['dead'] })
    expect(await operators.events.redrive(before, ACT)).toEqual({ redriven: 1, nextCursor: null })
    expect(await onlyOne({ endpoint: 'crm' })).toMatchObject({ id: before.id, state: 'waiting', finishedAt: null })
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

  it('of the dead ones takes those that are chosen, a bounded number at once, each once', async () => {
    const registrations = await Promise.all(Array.from({ length: 230 }, () => settled()))
    await settled(REJECTED)
    await send('crm', GONE)
    await send('mail', GONE)
    const wanted = { endpoint: 'crm', type: ['registration.succeeded'] } as const
    const first = await operators.events.redriveDead({ ...wanted, type: [...wanted.type] }, ACT)
    expect(first).toEqual({ redriven: 200, nextCursor: expect.any(String) })
    // Its receiver is still gone.
    await send('crm', GONE)
    const rest = await operators.events.redriveDead({ ...wanted, type: [...wanted.type] }, ACT, first.nextCursor ?? '')
    expect(rest).toEqual({ redriven: 30, nextCursor: null })
    expect(await operators.events.endpoints()).toMatchObject([{ dead: 201 }, { dead: 231 }])
    const { history } = await operators.get(registrations[0]?.id ?? '')
    expect(history.filter(({ kind }) => kind === 'action')).toHaveLength(1)
  })

  it('notes a registration once whose apps are several', async () => {
    const { id } = await settled()
    await send('crm', GONE)
    await send('mail', GONE)
    await operators.events.redriveDead({ registrationId: id }, ACT)
    expect((await operators.get(id)).history[0]).toMatchObject({ action: 'redrive', endpoints: ['crm', 'mail'] })
  })

  it('sends what was delivered once more', async () => {
    await settled()
    await send('crm', TAKEN)
    await operators.events.redrive(await onlyOne({ state: ['delivered'] }), ACT)
    expect(await outbox.claim('crm', 20, LEASE_MS)).toHaveLength(1)
  })

  it('leaves an attempt that is under way its time, and counts what it ends with only if it arrived', async () => {
    const { id } = await settled()
    /** When it is due, and the time now, both by the database's clock. */
    const clocks = async () => {
      const { rows } = await open.pool.query<{ due: Date; now: Date }>(
        `select next_attempt_at as due, clock_timestamp() as now from registration_events where endpoint = 'crm'`,
      )
      return { due: Number(rows[0]?.due), now: Number(rows[0]?.now) }
    }
    const [delivery] = await outbox.claim('crm', 20, LEASE_MS)
    if (!delivery) throw new Error('nothing was due')
    const event = await onlyOne({ registrationId: id, endpoint: 'crm' })
    const before = await clocks()
    await operators.events.redrive(event, ACT)
    const after = await clocks()
    expect(after.due).toBeGreaterThanOrEqual(before.now + DELIVERY_LEASE_MS)
    expect(after.due).toBeLessThanOrEqual(after.now + DELIVERY_LEASE_MS)
    await outbox.finish([{ delivery, end: FAILED }])
    expect((await clocks()).due).toBe(after.due)
    await outbox.finish([{ delivery, end: TAKEN }])
    expect(await listed({ endpoint: 'crm' })).toMatchObject([{ state: 'delivered' }])
  })

  it('brings forward what would wait for a day', async () => {
    await settled()
    await send('crm', FAILED)
    await operators.events.redrive(await onlyOne({ endpoint: 'crm' }), ACT)
    const { rows } = await open.pool.query(
      `select next_attempt_at < now() + interval '31 seconds' as soon from registration_events where endpoint = 'crm'`,
    )
    expect(rows).toEqual([{ soon: true }])
  })

  it('is refused where there is no such event, and nobody to send it to', async () => {
    const id = '01900000-0000-7000-8000-000000000000'
    await expect(operators.events.redrive({ id, endpoint: 'crm' }, ACT)).rejects.toMatchObject({ kind: 'not-found' })
    for (const refused of [
      operators.events.redrive({ id, endpoint: 'old' }, ACT),
      operators.events.redriveDead({ endpoint: 'old' }, ACT),
    ])
      await expect(refused).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('crm, mail') })
    const nobody = createOperatorStore({
      ...open,
      leaseMs: 30_000,
      mayProbe: true,
      isLinkAllowed: () => true,
      endpoints: [],
    })
    await expect(nobody.events.redriveDead({}, ACT)).rejects.toThrow('WEBHOOK_ENDPOINTS is unset')
  })

  it('and another at the same moment count each event once', async () => {
    await Promise.all(Array.from({ length: 60 }, () => settled()))
    await send('crm', GONE)
    const done = await Promise.all(Array.from({ length: 4 }, () => operators.events.redriveDead({}, ACT)))
    // Who came too late, or found a registration taken, has left it to the other.
    expect(done.reduce((sum, { redriven }) => sum + redriven, 0)).toBe(60)
    const { rows } = await open.pool.query(
      `select count(*)::int from registration_acts as act join registrations as own on own.id = act.registration_id`,
    )
    expect(rows).toEqual([{ count: 60 }])
  })

  it('of the dead ones passes over a registration that somebody is at work on', async () => {
    const { id } = await settled()
    await settled()
    await send('crm', GONE)
    const other = await aTransaction()
    await other.query('select from registrations where id = $1 for update', [id])
    expect(await operators.events.redriveDead({}, ACT)).toEqual({ redriven: 1, nextCursor: null })
    expect(await onlyOne({ state: ['dead'] })).toMatchObject({ registrationId: id })
  })

  it('waits for an erasure that is under way, which needs nothing of it, and finds nothing then', async () => {
    const { id } = await settled()
    await send('crm', GONE)
    const event = await onlyOne({ state: ['dead'] })
    const erasure = await aTransaction()
    await using patient = openWithoutTimeouts(databaseUrl)
    const waiting = createOperatorStore({
      ...open,
      db: patient.db,
      leaseMs: 30_000,
      mayProbe: true,
      isLinkAllowed: () => true,
      endpoints: ENDPOINTS,
    })
    const isWaitedFor = async () => {
      const { rows } = await open.pool.query(
        `select 1 from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0`,
      )
      return rows.length > 0
    }
    await erasure.query('update registrations set erased_at = now() where id = $1', [id])
    const refused = expect(waiting.events.redrive(event, ACT)).rejects.toMatchObject({ kind: 'not-found' })
    await expect.poll(isWaitedFor).toBe(true)
    await erasure.query('delete from registration_events where registration_id = $1', [id])
    await erasure.query('commit')
    await refused
  })

  it('and an erasure at the same moment leave nothing of whoever was erased, and don’t wait for each other in vain', async () => {
    const persons = await Promise.all(Array.from({ length: 40 }, () => settled()))
    await send('crm', GONE)
    await send('mail', GONE)
    const erasure = ({ email }: { email: string }) =>
      erasePerson(open.db, (of) => `erased:${of}`, { email, reason: 'r', requestedBy: 'b' }, 0)
    const one = async ({ id }: { id: string }) => {
      const [event] = await listed({ registrationId: id, endpoint: 'mail' })
      if (event) await operators.events.redrive(event, ACT).catch(({ kind }) => expect(kind).toBe('not-found'))
    }
    await Promise.all([
      ...persons.slice(0, 30).flatMap((person) => [erasure(person), one(person)]),
      operators.events.redriveDead({}, ACT),
      operators.events.redriveDead({}, ACT),
      outbox.deleteFinished(0, 0, 500),
    ])
    const kept = new Set(persons.slice(30).map(({ id }) => id))
    expect((await listed({ limit: 200 })).filter(({ registrationId }) => !kept.has(registrationId))).toEqual([])
  })
})
