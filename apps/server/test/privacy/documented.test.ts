import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { REGISTRATION_FIELDS } from '../../src/store/registration-fields.ts'
import { openStore } from '../support/open-store.ts'

const text = readFileSync(new URL('../../../../docs/data.md', import.meta.url), 'utf8')

/** The tables and columns in docs/data.md. */
function documented(): Record<string, string[]> {
  const sections = text.split(/^## /m).map((section) => {
    const [, table] = /^`(\w+)`/.exec(section) ?? []
    return [table, [...section.matchAll(/^\| `(\w+)`/gm)].map(([, column]) => column ?? '').toSorted()] as const
  })
  return Object.fromEntries(sections.filter(([table]) => table !== undefined))
}

it('docs/data.md documents every table and column', async () => {
  await using open = await openStore()
  const { rows } = await open.pool.query(
    `select table_name, array_agg(column_name::text) as columns from information_schema.columns
     where table_schema = 'public' and table_name not like 'registration_migrations%' group by 1`,
  )
  const existing = rows.map(({ table_name, columns }) => [table_name, columns.toSorted()])
  expect(documented()).toEqual(Object.fromEntries(existing))
})

it('REGISTRATION_FIELDS has the column types of the migrated database', async () => {
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

it('docs/data.md has the table of REGISTRATION_FIELDS (written by vitest -u)', async () => {
  const erasures = { kept: 'stays', cleared: 'cleared' } as const
  const rows = Object.entries(REGISTRATION_FIELDS).map(([column, { purpose, erasure }]) => [
    `\`${column}\``,
    purpose,
    typeof erasure === 'string' ? erasures[erasure] : erasure.says,
  ])
  const table = inColumns([['column', 'purpose', 'when the person is erased'], ...rows])
  const written = text.replace(/(?<=^## `registrations`$.*?\n)\| column .*?(?=\n\n)/ms, () => table)
  await expect(written).toMatchFileSnapshot('../../../../docs/data.md')
})

/** A Markdown table as the formatter lays it out. */
function inColumns(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}
