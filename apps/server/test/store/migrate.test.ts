import { randomUUID } from 'node:crypto'
import { eventually } from '@registration/test-harness'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { MIGRATIONS, migrate } from '../../src/store/migrate.ts'
import type { OnlineMigration } from '../../src/store/migrations/online-migration.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { startServer } from '../support/start-server.ts'

function connect(databaseUrl: string) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  return { db, pool, [Symbol.asyncDispose]: () => db.destroy() }
}

async function tablesOf(pool: pg.Pool, schema: string): Promise<string[]> {
  const { rows } = await pool.query('select tablename from pg_tables where schemaname = $1 order by 1', [schema])
  return rows.map(({ tablename }) => tablename)
}

const TABLES = [
  'registration_acts',
  'registration_calls',
  'registration_encryption_keys',
  'registration_erasures',
  'registration_events',
  'registration_migrations',
  'registration_migrations_lock',
  'registration_tombstone_key',
  'registrations',
]

describe('migrate', () => {
  it('each migration runs once if replicas start concurrently', async () => {
    const databaseUrl = await freshDatabase()
    await Promise.all(Array.from({ length: 4 }, () => migrate(databaseUrl, 'public')))
    await using database = connect(databaseUrl)
    expect(await tablesOf(database.pool, 'public')).toEqual(TABLES)
    const { rows } = await database.pool.query('select name from registration_migrations')
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(MIGRATIONS))
  })

  it('a second run changes nothing', async () => {
    const databaseUrl = await freshDatabase()
    await using database = connect(databaseUrl)
    await migrate(databaseUrl, 'public')
    // `xmin` is the transaction that last wrote the row.
    const writer = async () => (await database.pool.query('select xmin::text from registration_migrations')).rows
    const first = await writer()
    await migrate(databaseUrl, 'public')
    expect(await writer()).toEqual(first)
  })

  it('the host’s own Kysely migration tables are not changed', async () => {
    const databaseUrl = await freshDatabase()
    await using database = connect(databaseUrl)
    await database.pool.query('create table kysely_migration (name text); create table kysely_migration_lock (id text)')
    await migrate(databaseUrl, 'public')
    expect(await tablesOf(database.pool, 'public')).toEqual(['kysely_migration', 'kysely_migration_lock', ...TABLES])
  })

  it('a failed migration is named in the error and leaves no record', async () => {
    const databaseUrl = await freshDatabase()
    await using database = connect(databaseUrl)
    await database.pool.query('create table registrations (id int)')
    await expect(migrate(databaseUrl, 'public')).rejects.toThrow(
      'Migrating the schema "public" failed (0001-registrations).',
    )
    const { rows } = await sql`select * from registration_migrations`.execute(database.db)
    expect(rows).toEqual([])
  })
})

describe('migrate during a rolling deploy', () => {
  const migratedDatabase = async (migration: OnlineMigration) => {
    const databaseUrl = await freshDatabase()
    await migrate(databaseUrl, 'public')
    return { databaseUrl, migrations: { ...MIGRATIONS, '9999-next': migration } }
  }

  it('an older replica starts on the newer schema', async () => {
    const { databaseUrl, migrations } = await migratedDatabase({ up: async () => undefined })
    await migrate(databaseUrl, 'public', { migrations })
    await expect(migrate(databaseUrl, 'public')).resolves.toBeUndefined()
  })

  it('a migration that waits for a locked table gives up, so that queries behind it continue, and tries again', async () => {
    const { databaseUrl, migrations } = await migratedDatabase({
      up: async (db) => void (await sql`alter table registrations add referrer text`.execute(db)),
    })
    await using database = connect(databaseUrl)
    const holder = await database.pool.connect()
    await holder.query('begin; select from registrations')
    const waiting = async () =>
      (
        await holder.query(
          `select count(*)::int from pg_locks where not granted and relation = 'registrations'::regclass`,
        )
      ).rows[0].count
    const migrated = migrate(databaseUrl, 'public', { migrations })
    await eventually(async () => expect(await waiting()).toBe(1), { everyMs: 20 })
    // The table is still locked, so only the migration's lock time-out ends the wait.
    await eventually(async () => expect(await waiting()).toBe(0), { everyMs: 20 })
    await holder.query('commit')
    holder.release()
    await migrated
    const { rows } = await database.pool.query('select referrer from registrations')
    expect(rows).toEqual([])
  })

  it('an index is built concurrently once if replicas start concurrently', async () => {
    let builds = 0
    const { databaseUrl, migrations } = await migratedDatabase({
      outsideTransaction: true,
      async up(db) {
        builds++
        await sql`create index concurrently registrations_name on registrations (name)`.execute(db)
      },
    })
    await Promise.all(Array.from({ length: 4 }, () => migrate(databaseUrl, 'public', { migrations })))
    expect(builds).toBe(1)
  })
})

describe('a server', () => {
  it('a server creates tables only in DATABASE_SCHEMA', async () => {
    const env = { DATABASE_URL: await freshDatabase(), DATABASE_SCHEMA: 'landing' }
    await using server = await startServer({ env })
    const { answer } = await server.rest.orchestrateRegistration({ email: 'ann@example.com', visitorId: 'v' })
    expect(answer).toMatchObject({ success: true })
    expect(await tablesOf(server.database, 'landing')).toEqual(TABLES)
    expect(await tablesOf(server.database, 'public')).toEqual([])
    const { rows } = await server.database.query('select email, status from landing.registrations')
    expect(rows).toEqual([{ email: 'ann@example.com', status: 'succeeded' }])
  })

  it('several servers start concurrently on an empty database', async () => {
    const env = { DATABASE_URL: await freshDatabase() }
    await using replicas = new AsyncDisposableStack()
    const starting = Array.from({ length: 3 }, () => startServer({ env }))
    for (const server of await Promise.all(starting)) replicas.use(server)
  })

  it('a database role that owns its schema but may not create schemas is sufficient', async () => {
    const databaseUrl = await freshDatabase()
    await using owner = connect(databaseUrl)
    const role = `role_${randomUUID().replaceAll('-', '')}`
    await owner.pool.query(`
      create role ${role} login password 'secret';
      create schema landing authorization ${role};
    `)
    const asRole = new URL(databaseUrl)
    asRole.username = role
    asRole.password = 'secret'
    await using server = await startServer({
      env: { DATABASE_URL: asRole.href, DATABASE_SCHEMA: 'landing' },
    })
    const { answer } = await server.rest.orchestrateRegistration({ email: 'ann@example.com', visitorId: 'v' })
    expect(answer).toMatchObject({ success: true })
    expect(await tablesOf(owner.pool, 'landing')).toEqual(TABLES)
  })
})
