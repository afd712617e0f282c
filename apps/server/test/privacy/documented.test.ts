import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { openStore } from '../support/open-store.ts'

const text = readFileSync(new URL('../../../../docs/data.md', import.meta.url), 'utf8')

/** Tables with their columns, as the document lists them. */
function documented(): Record<string, string[]> {
  const sections = text.split(/^## /m).map((section) => {
    const [, table] = /^`(\w+)`/.exec(section) ?? []
    return [table, [...section.matchAll(/^\| `(\w+)`/gm)].map(([, column]) => column ?? '').toSorted()] as const
  })
  return Object.fromEntries(sections.filter(([table]) => table !== undefined))
}

it('says of every column what it is for', async () => {
  await using open = await openStore()
  const { rows } = await open.pool.query(
    `select table_name, array_agg(column_name::text) as columns from information_schema.columns
     where table_schema = 'public' and table_name not like 'registration_migrations%' group by 1`,
  )
  const existing = rows.map(({ table_name, columns }) => [table_name, columns.toSorted()])
  expect(documented()).toEqual(Object.fromEntries(existing))
})
