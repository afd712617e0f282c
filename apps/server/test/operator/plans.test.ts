import type { EventListInput, ListInput } from '@registration/shared/operator'
import { Kysely, PostgresDialect } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { createOperatorStore } from '../../src/store/operator/create-operator-store.ts'
import { fillEvents } from '../support/fill-events.ts'
import { fillRegistrations } from '../support/fill-registrations.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

/** On this many, reading all shows; on millions the same plans cost what they cost here. */
const ROWS = 150_000
const DAYS = 30

interface Plan {
  'Node Type': string
  'Index Name'?: string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Plan[]
}

let open: OpenStore
beforeAll(async () => {
  const databaseUrl = await freshDatabase()
  open = await openStore({ databaseUrl })
  await fillRegistrations(databaseUrl, { rows: ROWS, days: DAYS })
  await fillEvents(databaseUrl)
}, 120_000)
afterAll(() => open?.[Symbol.asyncDispose]())

/** Every statement that the work sends, as PostgreSQL carries it out. */
async function plansOf(work: (operators: ReturnType<typeof createOperatorStore>) => Promise<unknown>): Promise<Plan[]> {
  const sent: { sql: string; parameters: readonly unknown[] }[] = []
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: open.pool }),
    log: ({ query: { sql, parameters } }) => void sent.push({ sql, parameters }),
  })
  await work(createOperatorStore({ db, box: open.box, mayProbe: true, isLinkAllowed: () => true, endpoints: ['crm'] }))
  const plans: Plan[] = []
  for (const { sql, parameters } of sent) {
    if (sql.startsWith('explain')) continue
    const { rows } = await open.pool.query(`explain (analyze, buffers, format json) ${sql}`, [...parameters])
    plans.push(rows[0]['QUERY PLAN'][0].Plan)
  }
  return plans
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
    const plans = await plansOf(async ({ list }) => {
      ;({ nextCursor: cursor } = await list(filter))
    })
    expectIndexes(plans, 3_000)
    if (cursor !== null)
      expectIndexes(await plansOf(({ list }) => list({ ...filter, cursor: cursor ?? undefined })), 3_000)
  })
})

it('reads one registration by its key', async () => {
  const { rows } = await open.pool.query('select id from registrations limit 1')
  expectIndexes(await plansOf(({ get }) => get(rows[0].id)), 20)
})

describe('statistics', () => {
  it('of a short range count every registration', async () => {
    const [from, to] = [daysAgo(3), daysAgo(2)]
    const { rows } = await open.pool.query(
      `select count(*)::int as all, (count(*) filter (where status = 'rejected'))::int as refused
       from registrations where created_at >= $1 and created_at < $2`,
      [from, to],
    )
    const plans = await plansOf(async ({ stats }) => {
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
    const plans = await plansOf(async ({ stats }) => {
      const { counted, byStatus, tags, overTime } = await stats({ from: daysAgo(DAYS) })
      expect(counted).toBeGreaterThan(0.2)
      expect(counted).toBeLessThan(0.5)
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
    const plans = await plansOf(async ({ events }) => {
      ;({ nextCursor: cursor } = await events.list(filter))
    })
    expectIndexes(plans, 300)
    if (cursor !== null)
      expectIndexes(await plansOf(({ events }) => events.list({ ...filter, cursor: cursor ?? undefined })), 300)
  })
})

describe('events', () => {
  it('of one registration are found by it', async () => {
    const { rows } = await open.pool.query('select registration_id from registration_events offset 70000 limit 1')
    expectIndexes(await plansOf(({ events }) => events.list({ registrationId: rows[0].registration_id })), 20)
  })

  it('are counted, and the oldest found, by what waits and is dead alone', async () => {
    expectIndexes(await plansOf(({ events }) => events.endpoints()), 300)
  })

  it('that are dead are sent off anew without a look at the others', async () => {
    const act = { by: 'ann', reason: 'r' }
    expectIndexes(await plansOf(({ events }) => events.redriveDead({ endpoint: 'crm' }, act)), 6_000)
  })
})
