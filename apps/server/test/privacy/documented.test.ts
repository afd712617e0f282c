import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { REGISTRATION_FIELDS } from '../../src/store/registration-fields.ts'
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

it('the table of fields has the types of the migrated database', async () => {
  await using open = await openStore()
  const { rows } = await open.pool.query(
    `select attname as column, format_type(atttypid, null) as type from pg_attribute
     where attrelid = 'registrations'::regclass and attnum > 0 and not attisdropped`,
  )
  const migrated = Object.fromEntries(
    rows.map(({ column, type }) => [column, type === 'timestamp with time zone' ? 'timestamptz' : type]),
  )
  const types = Object.entries(REGISTRATION_FIELDS).map(([column, { type }]) => [column, type])
  expect(Object.fromEntries(types)).toEqual(migrated)
})

it('docs/data.md says of each column of registrations what the table of fields says', () => {
  const section = /^## `registrations`.*?(?=^## )/ms.exec(text)?.[0] ?? ''
  const rows = [...section.matchAll(/^\| `(\w+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(([, ...cells]) => cells)
  const erasure = { kept: 'stays', cleared: 'cleared' } as const
  const fields = Object.entries(REGISTRATION_FIELDS).map(([column, { purpose, erasure: how }]) => [
    column,
    purpose,
    typeof how === 'string' ? erasure[how] : how.says,
  ])
  expect(rows).toEqual(fields)
})
