import type { EventListInput, ListInput } from '@registration/shared/operator'
import { Kysely, PostgresDialect } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OperatorStore } from '../../src/operators/operator-store.ts'
import type { Database } from '../../src/store/database.ts'
import { deleteOlder } from '../../src/store/delete-older.ts'
import { countStuck, takeDue, unfinished } from '../../src/store/due.ts'
import { createOperatorStore } from '../../src/store/operator/create-operator-store.ts'
import { countUnfinished } from '../../src/store/operator/registration-stats.ts'
import { shortenWaits } from '../../src/store/shorten-waits.ts'
import { fillEvents } from '../support/fill-events.ts'
import { fillRegistrations } from '../support/fill-registrations.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'
import { openWithoutTimeouts } from './open-without-timeouts.ts'

/** Enough that reading the whole table is noticed. The same plans cost the same on millions of rows. */
const ROWS = 100_000
const DAYS = 30

interface Plan {
  'Node Type': string
  'Index Name'?: string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Plan[]
}

let store: OpenStore
let open: ReturnType<typeof openWithoutTimeouts>
beforeAll(async () => {
  const databaseUrl = await freshDatabase()
  store = await openStore({ databaseUrl })
  open = openWithoutTimeouts(databaseUrl)
  await fillRegistrations(databaseUrl, { rows: ROWS, days: DAYS })
  await fillEvents(databaseUrl)
})
afterAll(async () => {
  await open?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
})

/** The plans, with measured blocks, of all statements that `work` sends. */
async function plansOf(work: (db: Kysely<Database>) => Promise<unknown>): Promise<Plan[]> {
  const sent: { sql: string; parameters: readonly unknown[] }[] = []
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: open.pool }),
    log: ({ query: { sql, parameters } }) => void sent.push({ sql, parameters }),
  })
  await work(db)
  const plans: Plan[] = []
  for (const { sql, parameters } of sent) {
    if (sql.startsWith('explain')) continue
    const { rows } = await open.pool.query(`explain (analyze, buffers, format json) ${sql}`, [...parameters])
    plans.push(rows[0]['QUERY PLAN'][0].Plan)
  }
  return plans
}

function plansForOperators(work: (operators: OperatorStore) => Promise<unknown>): Promise<Plan[]> {
  return plansOf((db) =>
    work(
      createOperatorStore({
        db,
        box: store.box,
        leaseMs: 30_000,
        mayProbe: true,
        isLinkAllowed: () => true,
        endpoints: ['crm'],
      }),
    ),
  )
}

const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)]
/** The blocks of 8 KiB that the plans read. */
const blocksOf = (plans: readonly Plan[]) =>
  plans.reduce((sum, plan) => sum + plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], 0)

function expectIndexes(plans: readonly Plan[], maxBlocks: number): void {
  expect(plans.length).toBeGreaterThan(0)
  expect(plans.flatMap(nodes).filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([])
  expect(blocksOf(plans)).toBeLessThan(maxBlocks)
}

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()

describe.each<[string, ListInput]>([
  ['no filter', {}],
  ['stuck', { status: ['stuck'] }],
  ['unfinished', { status: ['pending', 'uncertain', 'stuck'] }],
  ['rare statuses of two indexes', { status: ['stuck', 'succeeded_without_link', 'released'] }],
  ['a frequent status', { status: ['succeeded'] }],
  ['rejected', { status: ['rejected'] }],
  ['a code', { code: 'MULTIPLE_ACCOUNTS' }],
  ['an unused code', { code: 'PARTNER_REJECTED' }],
  ['an e-mail', { email: 'Visitor-700@example.com' }],
  ['a frequent tag', { tag: 'tag-7' }],
  ['an unused tag', { tag: 'nobody' }],
  ['a click id', { clickId: 'click-9000' }],
  ['an old day', { from: daysAgo(20), to: daysAgo(19) }],
  ['an old day and a tag', { from: daysAgo(20), to: daysAgo(19), tag: 'tag-3' }],
  ['ten days and stuck', { from: daysAgo(20), to: daysAgo(10), status: ['stuck'] }],
])('the list of registrations with the filter %s', (_, filter) => {
  it('reads a bounded part of the table for the first and the second page', async () => {
    let cursor: string | null = null
    const plans = await plansForOperators(async ({ list }) => {
      ;({ nextCursor: cursor } = await list(filter))
    })
    expectIndexes(plans, 3_000)
    if (cursor !== null)
      expectIndexes(await plansForOperators(({ list }) => list({ ...filter, cursor: cursor ?? undefined })), 3_000)
  })
})

it('one registration with its calls and actions is read by indexes', async () => {
  const { rows } = await open.pool.query('select id from registrations limit 1')
  expectIndexes(await plansForOperators(({ get }) => get(rows[0].id)), 30)
})

describe('the statistics', () => {
  it('count every registration of a short range', async () => {
    const [from, to] = [daysAgo(3), daysAgo(2)]
    const { rows } = await open.pool.query(
      `select count(*)::int as all, (count(*) filter (where status = 'rejected'))::int as refused
       from registrations where created_at >= $1 and created_at < $2`,
      [from, to],
    )
    const plans = await plansForOperators(async ({ stats }) => {
      const { counted, byStatus, overTime, latency, refusals } = await stats({ from, to })
      expect(counted).toBe(1)
      expect(Object.values(byStatus).reduce((sum, count) => sum + count)).toBe(rows[0].all)
      expect(refusals.reduce((sum, { count }) => sum + count, 0)).toBe(rows[0].refused)
      expect(overTime.length).toBeGreaterThan(40)
      expect(overTime.every((place) => place.latency !== null)).toBe(true)
      expect(latency?.p50).toBeGreaterThan(400)
    })
    expectIndexes(plans, 6_000)
  })

  it('estimate a long range from a sample, at a bounded cost', async () => {
    const plans = await plansForOperators(async ({ stats }) => {
      const { counted, byStatus, tags, overTime } = await stats({ from: daysAgo(DAYS) })
      expect(counted).toBeGreaterThan(0.2)
      expect(counted).toBeLessThan(0.7)
      const all = Object.values(byStatus).reduce((sum, count) => sum + count)
      expect(all / ROWS).toBeCloseTo(1, 1)
      expect(byStatus.rejected / all).toBeCloseTo(0.2, 1)
      expect(tags).toHaveLength(10)
      const quietest = Math.min(...overTime.slice(1, -1).map((place) => place.byStatus.succeeded))
      expect(quietest).toBeGreaterThan(0.7 * Math.max(...overTime.map((place) => place.byStatus.succeeded)))
    })
    expectIndexes(plans, 16_000)
  })
})

describe.each<[string, EventListInput]>([
  ['no filter', {}],
  ['dead', { state: ['dead'] }],
  ['not delivered', { state: ['waiting', 'dead'] }],
  ['delivered', { state: ['delivered'] }],
  ['a rare type', { type: ['registration.link_recovered'] }],
  ['an unused type', { type: ['registration.stuck'] }],
  ['an endpoint with old events only', { endpoint: 'old' }],
  ['an unknown endpoint', { endpoint: 'nobody' }],
  [
    'a rare type, waiting, and an endpoint',
    { type: ['registration.link_recovered'], state: ['waiting'], endpoint: 'crm' },
  ],
])('the list of events with the filter %s', (_, filter) => {
  it('reads a bounded part of the table for the first and the second page', async () => {
    let cursor: string | null = null
    const plans = await plansForOperators(async ({ events }) => {
      ;({ nextCursor: cursor } = await events.list(filter))
    })
    expectIndexes(plans, 300)
    if (cursor !== null)
      expectIndexes(
        await plansForOperators(({ events }) => events.list({ ...filter, cursor: cursor ?? undefined })),
        300,
      )
  })
})

describe('events', () => {
  it('of one registration are found by an index', async () => {
    const { rows } = await open.pool.query('select registration_id from registration_events offset 70000 limit 1')
    expectIndexes(await plansForOperators(({ events }) => events.list({ registrationId: rows[0].registration_id })), 20)
  })

  it('are counted per endpoint without reading delivered ones', async () => {
    expectIndexes(await plansForOperators(({ events }) => events.endpoints()), 300)
  })

  it('that are dead are redriven without reading others', async () => {
    const act = { by: 'ann', reason: 'r' }
    expectIndexes(await plansForOperators(({ events }) => events.redriveDead({ endpoint: 'crm' }, act)), 6_000)
  })
})

describe('background work', () => {
  it.each([
    ['due registrations', (db) => takeDue(db, { box: store.box, replayForMs: 60_000 }, 40, 10_000)],
    ['registrations whose wait is too long', (db) => shortenWaits(db, { leaseMs: 34_000, pauseMs: 375_000 })],
    ['the number of stuck registrations', countStuck],
    ['unfinished registrations', unfinished],
  ] as [string, (db: Kysely<Database>) => Promise<unknown>][])('a small index finds %s', async (_, work) => {
    expectIndexes(await plansOf(work), 50)
  })

  it('rows past RETAIN_FOR are found by an index also if new rows reuse the space of deleted ones', async () => {
    const { pool } = open
    await pool.query(`create table moved as select * from registrations where visitor_id like '%7'`)
    await pool.query(`delete from registrations where visitor_id like '%7'`)
    await pool.query('vacuum registrations')
    // Inserts and deletes the oldest rows, so that dead tuples lie all over the table.
    await pool.query(`update moved set created_at = created_at - interval '1 year'`)
    await pool.query('insert into registrations select * from moved')
    await pool.query(`delete from registrations where created_at < now() - interval '300 days'`)
    const batches = async (db: Kysely<Database>) => {
      expect(await deleteOlder(db, (DAYS + 10) * 86_400_000, 500)).toBe(0)
      expect(await deleteOlder(db, (DAYS - 1) * 86_400_000, 500)).toBe(500)
    }
    expectIndexes(await plansOf(batches), 6_000)
  })

  it('stuck registrations are counted up to ten thousand, and the oldest is found', async () => {
    await open.pool.query(`update registrations set status = 'stuck', next_attempt_at = null
      where id in (select id from registrations order by id limit 12000)`)
    const { rows } = await open.pool.query('select id, created_at from registrations order by id limit 1')
    const [{ id, created_at }] = rows
    expect(await countStuck(open.db)).toBe(10_000)
    expect((await unfinished(open.db)).stuck).toBe(10_000)
    const { stuck, oldest } = await countUnfinished(open.db)
    expect({ stuck, oldest }).toEqual({ stuck: 10_000, oldest: { id, createdAt: created_at.toISOString() } })
  })
})
