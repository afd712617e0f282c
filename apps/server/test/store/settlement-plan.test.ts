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

/** How PostgreSQL finds the rows that a batch settles: the plan that it keeps for the prepared statement. */
async function look(connection: Kysely<Database>): Promise<Plan[]> {
  const { rows } = await sql<{
    statement: string
  }>`select statement from pg_prepared_statements where name like 'write-settlements%'`.execute(connection)
  const explained = await sql
    .raw<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`explain (generic_plan, format json) ${rows[0]?.statement}`)
    .execute(connection)
  const plan = explained.rows[0]?.['QUERY PLAN'][0].Plan as Plan
  return nodes(plan).filter((node) => node['Relation Name'] === 'registrations' && node['Node Type'] !== 'ModifyTable')
}

/** The statement is planned for the first registrations of a deployment, and that plan lives on while the table grows. */
describe.each([
  ['never looked at', undefined, undefined],
  ['looked at while it was empty', 'vacuum analyze registrations', undefined],
  ['looked at when it had a few rows', undefined, 'analyze registrations'],
])('on a young table that PostgreSQL has %s, a batch', (_, before, after) => {
  it.each([
    ['of settlements', []],
    ['of settlements with events', ['crm']],
  ])('%s looks each row up by its id', async (_, endpoints) => {
    await using open = await openStore()
    if (before) await open.pool.query(before)
    // PostgreSQL keeps a plan from the sixth time on.
    for (let n = 0; n < 6; n++) await open.store.insertIntent(aFreshIntent())
    if (after) await open.pool.query(after)
    await open.db.connection().execute(async (connection) => {
      await createWriteSettlements(connection, endpoints)([])
      // Once to lock the row, and once to write it.
      const byId = expect.objectContaining({
        'Index Name': 'registrations_pkey',
        'Index Cond': expect.stringMatching(/^\(id = s(?:_1)?\.id\)$/),
      })
      expect(await look(connection)).toEqual([byId, byId])
    })
  })
})
