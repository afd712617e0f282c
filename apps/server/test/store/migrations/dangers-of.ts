import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { OnlineMigration } from '../../../src/store/migrations/online-migration.ts'

/** A small table shows what a migration does to a big one: it reads or writes either all rows or none. */
const ROWS = 2_000

const FILL = `insert into registrations (id, status, email, email_folded, idempotency_key_hash, visitor_id, traffic_params,
    source, attempts, asking, updated_at)
  select gen_random_uuid(), 'rejected', 'v' || n, 'v' || n, sha256(n::text::bytea), 'v', '{}', 'test', 1, false, now()
  from generate_series(1, ${ROWS}) as n`

/** The table's file, the locks that this transaction holds, and the numbers of rows that it has scanned and written. */
const STATE = `select pg_relation_filenode('registrations')::text as file,
    pg_stat_get_xact_tuples_returned('registrations'::regclass)::int as scanned,
    (pg_stat_get_xact_tuples_updated('registrations'::regclass)
      + pg_stat_get_xact_tuples_deleted('registrations'::regclass))::int as written,
    (select string_agg(mode, ', ' order by mode) from pg_locks
      where pid = pg_backend_pid() and relation = 'registrations'::regclass and granted
        and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) as locks`

interface TableState {
  file: string
  scanned: number
  written: number
  /** The locks that block writes. */
  locks: string | null
}

const NOT_WITHIN_TRANSACTION = '25001'

/** Compares the table before and after each statement of a migration. */
class InspectingClient extends pg.Client {
  readonly dangers: string[] = []
  /** Whether the migration runs in one transaction. Otherwise each statement has its own. */
  isInTransaction = true

  async inspected(args: unknown[]): Promise<unknown> {
    const [query] = args as [string | { text: string }]
    const text = typeof query === 'string' ? query : query.text
    const run = (): Promise<unknown> => Reflect.apply(super.query, this, args)
    if (this.isInTransaction) return this.compared(text, run)
    await this.plain('begin')
    try {
      const result = await this.compared(text, run)
      await this.plain('commit')
      return result
    } catch (error) {
      await this.plain('rollback')
      if ((error as { code?: string }).code !== NOT_WITHIN_TRANSACTION) throw error
      return await this.compared(text, run)
    }
  }

  async compared(text: string, run: () => Promise<unknown>): Promise<unknown> {
    const before = await this.tableState()
    const result = await run()
    const danger = dangerBetween(before, await this.tableState())
    if (danger) this.dangers.push(`${danger} The statement: ${text}`)
    return result
  }

  private async tableState(): Promise<TableState> {
    return ((await this.plain(STATE)) as pg.QueryResult<TableState>).rows[0] as TableState
  }

  plain(text: string): Promise<pg.QueryResult> {
    return Reflect.apply(super.query, this, [text])
  }
}

function dangerBetween(before: TableState, after: TableState): string | undefined {
  const readsAll = after.scanned - before.scanned >= ROWS
  if (after.file !== before.file) {
    return 'It rewrites the whole table and blocks reads meanwhile. Instead: add a nullable column (or one with a constant default), fill it in batches, and drop the old one a version later.'
  }
  if (after.written - before.written >= ROWS) {
    return 'It changes every row in one transaction, which blocks all other writes of these rows until its end. Instead: batches with a commit each, outside the migrations, while both versions run.'
  }
  if (!readsAll || after.locks === null) return undefined
  return after.locks.includes('AccessExclusive')
    ? 'It reads the whole table and blocks reads meanwhile. Instead: ADD CONSTRAINT … CHECK (…) NOT VALID in one migration, VALIDATE CONSTRAINT in the next; SET NOT NULL reads no row after that.'
    : 'It reads the whole table and blocks writes meanwhile. Instead: CREATE INDEX CONCURRENTLY, and constraints NOT VALID, validated by the next migration; `outsideTransaction: true`.'
}

/**
 * Runs a migration on a filled table and returns how it would block a big one. Observes what PostgreSQL does instead of
 * parsing the statements.
 *
 * @param url a database on which all earlier migrations have run
 */
export async function dangersOf(url: string, migration: OnlineMigration): Promise<string[]> {
  const client = new InspectingClient({ connectionString: url })
  await client.connect()
  await client.plain(`${FILL} where not exists (select from registrations)`)
  const connection = {
    query: (...args: unknown[]) => client.inspected(args),
    release: () => undefined,
  }
  const pool = { connect: async () => connection, end: () => client.end() }
  await using db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: pool as never }) })
  client.isInTransaction = migration.outsideTransaction !== true
  if (client.isInTransaction) await client.plain('begin')
  await migration.up(db)
  if (client.isInTransaction) await client.plain('commit')
  return client.dangers
}
