import { type Kysely, sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { MIGRATIONS, migrate } from '../../../src/store/migrate.ts'
import type { OnlineMigration } from '../../../src/store/migrations/online-migration.ts'
import { freshDatabase } from '../../support/fresh-database.ts'
import { dangersOf } from './dangers-of.ts'

/** Migrations from before any deployment had a big table: 0001 creates it, and the others build indexes that block writes. */
const WHILE_SMALL = ['0001-registrations', '0002-secret-keys', '0003-erasure', '0004-history']

function statements(...texts: string[]): OnlineMigration {
  return {
    async up(db: Kysely<unknown>) {
      for (const text of texts) await sql.raw(text).execute(db)
    },
  }
}

const online = (...texts: string[]): OnlineMigration => ({ ...statements(...texts), outsideTransaction: true })

it('no migration blocks a big table', async () => {
  const url = await freshDatabase()
  const [before = [], later = []] = [true, false].map((isBefore) =>
    Object.entries(MIGRATIONS).filter(([name]) => WHILE_SMALL.includes(name) === isBefore),
  )
  await migrate(url, 'public', { migrations: Object.fromEntries(before) })
  const dangers: Record<string, string[]> = {}
  // Each migration runs on the schema that the ones before it have created.
  for (const [name, migration] of later) dangers[name] = await dangersOf(url, migration)
  expect(dangers).toEqual(Object.fromEntries(later.map(([name]) => [name, []])))
})

// No two of the migrations below add the same column, index or constraint, so one database is enough for all.
let url: string
beforeAll(async () => {
  url = await freshDatabase()
  await migrate(url, 'public')
})

describe('the check of migrations refuses', () => {
  it.for([
    ['an index that blocks writes', 'CREATE INDEX CONCURRENTLY', statements('create index on registrations (name)')],
    [
      'an index that blocks writes, outside a transaction',
      'CREATE INDEX CONCURRENTLY',
      online('create index on registrations (name)'),
    ],
    [
      'a column with another type',
      'add a nullable column',
      statements('alter table registrations alter attempts type bigint'),
    ],
    [
      'a volatile default',
      'add a nullable column',
      statements('alter table registrations add token uuid default gen_random_uuid()'),
    ],
    [
      'a column that becomes NOT NULL',
      'VALIDATE CONSTRAINT',
      statements(
        'alter table registrations alter visitor_id drop not null',
        'alter table registrations alter visitor_id set not null',
      ),
    ],
    [
      'a constraint that is validated at once',
      'VALIDATE CONSTRAINT',
      statements('alter table registrations add check (attempts >= 0)'),
    ],
    [
      'a constraint that is validated in the transaction that adds it',
      'VALIDATE CONSTRAINT',
      statements(
        'alter table registrations add constraint tried check (attempts >= 0) not valid',
        'alter table registrations validate constraint tried',
      ),
    ],
    ['an update of every row', 'batches', statements(`update registrations set source = 'other'`)],
    ['a full vacuum', 'rewrites the whole table', online('vacuum full registrations')],
  ] as const)('%s', async ([, instead, migration]) => {
    const dangers = await dangersOf(url, migration)
    expect(dangers).toHaveLength(1)
    expect(dangers[0]).toContain(instead)
  })
})

describe('the check of migrations accepts', () => {
  it.for([
    ['a nullable column', statements('alter table registrations add referrer text')],
    ['a constant default', statements(`alter table registrations add kind text not null default 'visitor'`)],
    [
      'an index that is built concurrently',
      online(
        'drop index concurrently if exists registrations_name',
        'create index concurrently registrations_name on registrations (name)',
      ),
    ],
    [
      'a constraint that is validated later, and NOT NULL by it',
      online(
        'alter table registrations alter visitor_id drop not null',
        'alter table registrations add constraint known check (visitor_id is not null) not valid',
        'alter table registrations validate constraint known',
        'alter table registrations alter visitor_id set not null',
      ),
    ],
    ['a new table', statements('create table other (id int primary key)', 'create index on other (id)')],
  ] as const)('%s', async ([, migration]) => {
    expect(await dangersOf(url, migration)).toEqual([])
  })
})
