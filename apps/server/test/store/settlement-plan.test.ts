import { type Kysely, sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { createWriteSettlements } from '../../src/store/write-settlements.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { openStore } from '../support/open-store.ts'

interface Plan {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  Plans?: Plan[]
}

const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)]

/** The scans in the plan that PostgreSQL keeps for the prepared statement which settles a batch. */
async function scansOf(connection: Kysely<Database>): Promise<Plan[]> {
  const { rows } = await sql<{
    statement: string
  }>`select statement from pg_prepared_statements where name like 'write-settlements%'`.execute(connection)
  const explained = await sql
    .raw<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`explain (generic_plan, format json) ${rows[0]?.statement}`)
    .execute(connection)
  const plan = explained.rows[0]?.['QUERY PLAN'][0].Plan as Plan
  return nodes(plan).filter((node) => node['Relation Name'] === 'registrations' && node['Node Type'] !== 'ModifyTable')
}

/** PostgreSQL plans the statement for the first registrations of a deployment, and keeps that plan while the table grows. */
describe.each([
  ['never analyzed', undefined, undefined],
  ['analyzed while it was empty', 'vacuum analyze registrations', undefined],
  ['analyzed when it had a few rows', undefined, 'analyze registrations'],
])('on a small table that PostgreSQL has %s, a batch', (_, before, after) => {
  it.each([
    ['of settlements', []],
    ['of settlements with events', ['crm']],
  ])('%s finds each row by its primary key', async (_, endpoints) => {
    await using open = await openStore()
    if (before) await open.pool.query(before)
    // PostgreSQL keeps a generic plan from the sixth execution on.
    for (let n = 0; n < 6; n++) await open.store.insertIntent(aFreshIntent())
    if (after) await open.pool.query(after)
    await open.db.connection().execute(async (connection) => {
      await createWriteSettlements(connection, endpoints)([])
      // One scan locks the row, one writes it.
      const byId = expect.objectContaining({
        'Index Name': 'registrations_pkey',
        'Index Cond': expect.stringMatching(/^\(id = s(?:_1)?\.id\)$/),
      })
      expect(await scansOf(connection)).toEqual([byId, byId])
    })
  })
})
