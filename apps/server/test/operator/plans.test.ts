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

/** On this many, reading all shows; on millions the same plans cost what they cost here. */
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

/** Every statement that the work sends, as PostgreSQL carries it out. */
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
/** Of 8 KiB each. */
const blocksOf = (plans: readonly Plan[]) =>
  plans.reduce((sum, plan) => sum + plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], 0)

function expectIndexes(plans: readonly Plan[], mostBlocks: number): void {
  expect(plans.length).toBeGreaterThan(0)
  expect(plans.flatMap(nodes).filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([])
  expect(blocksOf(plans)).toBeLessThan(mostBlocks)
}

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()

describe.each<[string, ListInput]>([
  ['nothing', {}],
  ['what is stuck', { status: ['stuck'] }],
  ['what is unfinished', { status: ['pending', 'uncertain', 'stuck'] }],
  ['rare statuses of two indexes', { status: ['stuck', 'succeeded_without_link', 'released'] }],
  ['a frequent status', { status: ['succeeded'] }],
  ['refusals', { status: ['rejected'] }],
  ['a code', { code: 'MULTIPLE_ACCOUNTS' }],
  ['a code that nobody got', { code: 'PARTNER_REJECTED' }],
  ['an e-mail', { email: 'Visitor-700@example.com' }],
  ['a frequent tag', { tag: 'tag-7' }],
  ['a tag that nobody has', { tag: 'nobody' }],
  ['a click id', { clickId: 'click-9000' }],
  ['a time long ago', { from: daysAgo(20), to: daysAgo(19) }],
  ['a time and a tag', { from: daysAgo(20), to: daysAgo(19), tag: 'tag-3' }],
  ['a time and what is stuck', { from: daysAgo(20), to: daysAgo(10), status: ['stuck'] }],
])('the list by %s', (_, filter) => {
  it('reads a bounded part of the table, and so does the page after it', async () => {
    let cursor: string | null = null
    const plans = await plansForOperators(async ({ list }) => {
      ;({ nextCursor: cursor } = await list(filter))
    })
    expectIndexes(plans, 3_000)
    if (cursor !== null)
      expectIndexes(await plansForOperators(({ list }) => list({ ...filter, cursor: cursor ?? undefined })), 3_000)
  })
})

it('reads one registration by its key, with its calls and what operators did', async () => {
  const { rows } = await open.pool.query('select id from registrations limit 1')
  expectIndexes(await plansForOperators(({ get }) => get(rows[0].id)), 30)
})

describe('statistics', () => {
  it('of a short range count every registration', async () => {
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

  it('of more than can be counted come close, and cost no more than so many', async () => {
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
  ['nothing', {}],
  ['what is dead', { state: ['dead'] }],
  ['what is not delivered', { state: ['waiting', 'dead'] }],
  ['what is delivered', { state: ['delivered'] }],
  ['a rare type', { type: ['registration.link_recovered'] }],
  ['a type that nothing is of', { type: ['registration.stuck'] }],
  ['an app of long ago', { endpoint: 'old' }],
  ['an app that there is not', { endpoint: 'nobody' }],
  ['a rare type that waits', { type: ['registration.link_recovered'], state: ['waiting'], endpoint: 'crm' }],
])('the list of events by %s', (_, filter) => {
  it('reads a bounded part of the table, and so does the page after it', async () => {
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
  it('of one registration are found by it', async () => {
    const { rows } = await open.pool.query('select registration_id from registration_events offset 70000 limit 1')
    expectIndexes(await plansForOperators(({ events }) => events.list({ registrationId: rows[0].registration_id })), 20)
  })

  it('are counted, and the oldest found, by what waits and is dead alone', async () => {
    expectIndexes(await plansForOperators(({ events }) => events.endpoints()), 300)
  })

  it('that are dead are sent off anew without a look at the others', async () => {
    const act = { by: 'ann', reason: 'r' }
    expectIndexes(await plansForOperators(({ events }) => events.redriveDead({ endpoint: 'crm' }, act)), 6_000)
  })
})

describe('what nobody sees', () => {
  it.each([
    ['what is due', (db) => takeDue(db, { box: store.box, replayForMs: 60_000 }, 40, 10_000)],
    ['what waits for too long', (db) => shortenWaits(db, { leaseMs: 34_000, pauseMs: 375_000 })],
    ['how many are stuck', countStuck],
    ['what is unfinished', unfinished],
  ] as [string, (db: Kysely<Database>) => Promise<unknown>][])('%s is found by a small index', async (_, work) => {
    expectIndexes(await plansOf(work), 50)
  })

  it('what is too old is found as fast when new rows lie where old ones were deleted', async () => {
    const { pool } = open
    await pool.query(`create table moved as select * from registrations where visitor_id like '%7'`)
    await pool.query(`delete from registrations where visitor_id like '%7'`)
    await pool.query('vacuum registrations')
    // Older than anything else, all over the table, and gone again.
    await pool.query(`update moved set created_at = created_at - interval '1 year'`)
    await pool.query('insert into registrations select * from moved')
    await pool.query(`delete from registrations where created_at < now() - interval '300 days'`)
    const batches = async (db: Kysely<Database>) => {
      expect(await deleteOlder(db, (DAYS + 10) * 86_400_000, 500)).toBe(0)
      expect(await deleteOlder(db, (DAYS - 1) * 86_400_000, 500)).toBe(500)
    }
    expectIndexes(await plansOf(batches), 6_000)
  })

  it('what is unfinished is counted up to ten thousand, the oldest among it', async () => {
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
