import { setTimeout as pause } from 'node:timers/promises'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { registrations } from './migrations/0001-registrations.ts'
import { secretKeys } from './migrations/0002-secret-keys.ts'
import { erasure } from './migrations/0003-erasure.ts'
import { history } from './migrations/0004-history.ts'
import { stuck } from './migrations/0005-stuck.ts'
import { traceparent } from './migrations/0006-traceparent.ts'
import { events } from './migrations/0007-events.ts'
import { begunBy } from './migrations/0008-begun-by.ts'
import { redrive } from './migrations/0009-redrive.ts'
import { noBlockRanges } from './migrations/0010-no-block-ranges.ts'
import { callsAndActs } from './migrations/0011-calls-and-acts.ts'
import { encryptionKeys } from './migrations/0012-encryption-keys.ts'
import type { OnlineMigration } from './migrations/online-migration.ts'
import { createPool } from './pool.ts'

/** In the order of their names. A migration that has run anywhere is never changed. */
export const MIGRATIONS: Readonly<Record<string, OnlineMigration>> = {
  '0001-registrations': registrations,
  '0002-secret-keys': secretKeys,
  '0003-erasure': erasure,
  '0004-history': history,
  '0005-stuck': stuck,
  '0006-traceparent': traceparent,
  '0007-events': events,
  '0008-begun-by': begunBy,
  '0009-redrive': redrive,
  '0010-no-block-ranges': noBlockRanges,
  '0011-calls-and-acts': callsAndActs,
  '0012-encryption-keys': encryptionKeys,
}

export interface MigrateOptions {
  migrations?: Readonly<Record<string, OnlineMigration>>
  /** Told how many of how many have run: before the first one, and after each. */
  onProgress?(done: number, total: number): void
}

/** Who waits for a table keeps everybody waiting who comes after: visitors bear it for so long. */
const LOCK_TIMEOUT_MS = 1_000
/** Between two tries, so that visitors who had to wait are done. */
const TRY_AGAIN_AFTER_MS = 1_000
/** A table that isn't free in a minute is held by somebody who has to be found. */
const TRIES = 30
const POOLER =
  'Migrations need a session of their own, and DATABASE_URL leads to a pooler that drops what a session asks for. Let the servers start with MIGRATE_ON_START=false, and run `registration migrate` with the address of PostgreSQL itself.'
const LOCK_NOT_AVAILABLE = '55P03'
const LOOK_EVERY_MS = 100

/**
 * Brings the schema up to date. Replicas that start together run each migration once: one of them holds an advisory
 * lock, and the others ask for it now and then, since an index that is built concurrently waits for every statement
 * that waits. Each migration has a transaction and a connection without limits of time to itself, but doesn't wait for a
 * table longer than visitors bear. Records of migrations that a newer version ran are left alone: during a rolling
 * deploy, an older replica may start on the newer one's schema.
 *
 * Its records have names and a schema of their own: a host may migrate its tables with Kysely too.
 *
 * @param url of PostgreSQL itself: a pooler in transaction mode keeps no session, whose the lock is
 * @throws Error with the failed migration's name and cause, or where the session isn't its own
 */
export async function migrate(
  url: string,
  schema: string,
  { migrations = MIGRATIONS, onProgress = () => undefined }: MigrateOptions = {},
): Promise<void> {
  const limits = { statement_timeout: 0, query_timeout: 0, lock_timeout: LOCK_TIMEOUT_MS }
  // A connection that is lost fails the statement that needs it.
  const pool = createPool({ url, max: 1, onError: () => undefined, limits })
  await using db = new Kysely<object>({ dialect: new PostgresDialect({ pool }) })
  const lock = sql`hashtext(${`registration migrations of ${schema}`})`
  await db.connection().execute(async (connection) => {
    if (!(await isOurs(connection))) throw new Error(POOLER)
    while (!(await isLocked(connection, lock))) await pause(LOOK_EVERY_MS)
    await runPending(connection, schema, migrations, onProgress)
  })
}

/** Whether the session is this connection's own: who drops its limits, or sets others, may give it to others too. */
async function isOurs(connection: Kysely<object>): Promise<boolean> {
  const { rows } = await sql<{
    limit: string
  }>`select setting as limit from pg_settings where name = 'lock_timeout'`.execute(connection)
  return Number(rows[0]?.limit) === LOCK_TIMEOUT_MS
}

/** The lock ends with the connection. */
async function isLocked(connection: Kysely<object>, lock: ReturnType<typeof sql>): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_lock(${lock}) as locked`.execute(connection)
  return rows[0]?.locked === true
}

async function runPending(
  db: Kysely<object>,
  schema: string,
  migrations: Readonly<Record<string, OnlineMigration>>,
  onProgress: NonNullable<MigrateOptions['onProgress']>,
): Promise<void> {
  const migrator = new Migrator({
    db: db.withSchema(schema),
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableSchema: schema,
    migrationTableName: 'registration_migrations',
    migrationLockTableName: 'registration_migrations_lock',
  })
  let done = 0
  for (let tries = 1; ; ) {
    const [next, ...others] = (await migrator.getMigrations()).filter(({ executedAt }) => executedAt === undefined)
    onProgress(done, done + (next ? 1 : 0) + others.length)
    if (!next) return
    const disableTransactions = migrations[next.name]?.outsideTransaction === true
    const { error } = await migrator.migrateUp({ disableTransactions })
    if (!error) {
      tries = 1
      done++
      continue
    }
    if (tries === TRIES || !isLockTimeout(error)) {
      throw new Error(`Migrating the schema "${schema}" failed (${next.name}).`, { cause: error })
    }
    tries++
    await pause(TRY_AGAIN_AFTER_MS)
  }
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE
}
