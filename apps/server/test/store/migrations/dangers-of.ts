import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { OnlineMigration } from '../../../src/store/migrations/online-migration.ts'

/** What a table of a size that matters would suffer, told by what happens to a small one: every row is looked at, or none. */
const ROWS = 2_000

const FILL = `insert into registrations (id, status, email, email_folded, idempotency_key_hash, visitor_id, traffic_params,
    source, attempts, asking, updated_at)
  select gen_random_uuid(), 'rejected', 'v' || n, 'v' || n, sha256(n::text::bytea), 'v', '{}', 'test', 1, false, now()
  from generate_series(1, ${ROWS}) as n`

/** The tables' files, the locks that this transaction holds, and the rows that it has read by whole scans and written. */
const LOOK = `select pg_relation_filenode('registrations')::text as file,
    pg_stat_get_xact_tuples_returned('registrations'::regclass)::int as scanned,
    (pg_stat_get_xact_tuples_updated('registrations'::regclass)
      + pg_stat_get_xact_tuples_deleted('registrations'::regclass))::int as written,
    (select string_agg(mode, ', ' order by mode) from pg_locks
      where pid = pg_backend_pid() and relation = 'registrations'::regclass and granted
        and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) as locks`

interface Look {
  file: string
  scanned: number
  written: number
  /** Those that keep writers out. */
  locks: string | null
}

const NOT_WITHIN_TRANSACTION = '25001'

/** Sees each statement of a migration from both sides. */
class WatchedClient extends pg.Client {
  readonly dangers: string[] = []
  /** Whether the migration has a transaction, or each statement of it. */
  within = true

  async watched(args: unknown[]): Promise<unknown> {
    const [query] = args as [string | { text: string }]
    const text = typeof query === 'string' ? query : query.text
    const run = (): Promise<unknown> => Reflect.apply(super.query, this, args)
    if (this.within) return this.seen(text, run)
    await this.plain('begin')
    try {
      const result = await this.seen(text, run)
      await this.plain('commit')
      return result
    } catch (error) {
      await this.plain('rollback')
      if ((error as { code?: string }).code !== NOT_WITHIN_TRANSACTION) throw error
      return await this.seen(text, run)
    }
  }

  async seen(text: string, run: () => Promise<unknown>): Promise<unknown> {
    const before = await this.look()
    const result = await run()
    const danger = dangerBetween(before, await this.look())
    if (danger) this.dangers.push(`${danger} The statement: ${text}`)
    return result
  }

  private async look(): Promise<Look> {
    return ((await this.plain(LOOK)) as pg.QueryResult<Look>).rows[0] as Look
  }

  plain(text: string): Promise<pg.QueryResult> {
    return Reflect.apply(super.query, this, [text])
  }
}

function dangerBetween(before: Look, after: Look): string | undefined {
  const readsAll = after.scanned - before.scanned >= ROWS
  if (after.file !== before.file) {
    return 'It writes the whole table anew while nobody may even read it. Instead: add a nullable column (or one with a constant default), fill it in batches, and drop the old one a version later.'
  }
  if (after.written - before.written >= ROWS) {
    return 'It changes every row in one transaction, which keeps each from its registration until the end. Instead: batches with commits of their own, beside the migrations, while both versions run.'
  }
  if (!readsAll || after.locks === null) return undefined
  return after.locks.includes('AccessExclusive')
    ? 'It reads the whole table while nobody may even read it. Instead: ADD CONSTRAINT … CHECK (…) NOT VALID in one migration, VALIDATE CONSTRAINT in the next; SET NOT NULL looks at no row after that.'
    : 'It reads the whole table while nobody may write to it. Instead: CREATE INDEX CONCURRENTLY, and constraints NOT VALID, validated by the next migration; `outsideTransaction: true`.'
}

/**
 * Runs a migration on a filled table of registrations, and says by what it would keep visitors out of a big one: by
 * what PostgreSQL does, whatever the statements look like.
 *
 * @param url of a database whose table the migrations before it have made
 */
export async function dangersOf(url: string, migration: OnlineMigration): Promise<string[]> {
  const client = new WatchedClient({ connectionString: url })
  await client.connect()
  await client.plain(`${FILL} where not exists (select from registrations)`)
  const connection = {
    query: (...args: unknown[]) => client.watched(args),
    release: () => undefined,
  }
  const pool = { connect: async () => connection, end: () => client.end() }
  await using db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: pool as never }) })
  client.within = migration.outsideTransaction !== true
  if (client.within) await client.plain('begin')
  await migration.up(db)
  if (client.within) await client.plain('commit')
  return client.dangers
}
