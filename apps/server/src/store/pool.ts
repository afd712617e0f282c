import pg from 'pg'
import { hostUrls } from '../host-urls.ts'
import { createPrimaryFinder, type PrimaryFinder } from './find-primary.ts'

/** How the process talks to PostgreSQL. Durations in milliseconds. */
export interface PoolOptions {
  /** Of one host or of several, as {@link hostUrls} has it. */
  url: string
  /** Connections per process. */
  max: number
  /** What the connections are for, as PostgreSQL shows it. */
  name?: string
  onError: (error: Error) => void
  /** Where a visitor's don't fit; 0 is none. */
  limits?: Pick<pg.PoolConfig, 'statement_timeout' | 'lock_timeout' | 'query_timeout'>
}

/** After it the caller gets an error. The partner was not called then, so a retry is safe. */
const CONNECT_WITHIN_MS = 3_000
/** No statement of ours takes long; what does is stuck behind something, and the server gives it up. */
const STATEMENT_TIMEOUT_MS = 5_000
const LOCK_TIMEOUT_MS = 3_000
const IDLE_IN_TRANSACTION_MS = 10_000
/** Longer than the server's own limits, so that it only ends waits on connections that are half open. */
const ANSWER_WITHIN_MS = 7_000

/**
 * Every statement finds its rows by an index. PostgreSQL must not choose a scan for a table that was small when it was last
 * analyzed: the plan of a batch once flipped to a scan, at ten times the cost, and a prepared statement would keep that plan. A
 * host's statements in `onSettled` have the same settings. Tables without an index are still scanned.
 */
const BY_INDEX = { enable_seqscan: 'off', enable_hashjoin: 'off', enable_mergejoin: 'off' } as const
/** A session that stops half-way must not block others. */
const LIMITS = {
  statement_timeout: STATEMENT_TIMEOUT_MS,
  lock_timeout: LOCK_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
} as const
/** What each connection asks of PostgreSQL when it begins. Limits in milliseconds. */
export const SESSION: Readonly<Record<string, string | number>> = { ...BY_INDEX, ...LIMITS }
/** How `rowsStatement` names what is worth preparing. */
const NAMED = /^\/\* ([\w-]+) \*\/ /
/** PostgreSQL's code for a write where nothing may be written. */
const READ_ONLY = '25006'

/**
 * Prepares the statements that have a name: to parse and to plan them takes PostgreSQL as long as to carry out a dozen
 * rows. And hangs up where there is no use in staying. On silence: pg reports a query whose answer never comes, but keeps its
 * connection, where the next query would wait behind it. And on whom takes no writes: a primary that became a standby
 * behind an address that has moved on.
 */
class StoreClient extends pg.Client {
  override query(...args: never[]): never {
    const [text, values, ...rest]: unknown[] = args
    const name = typeof text === 'string' ? NAMED.exec(text)?.[1] : undefined
    const result: unknown = Reflect.apply(super.query, this, name ? [{ name, text, values }, ...rest] : args)
    if (result instanceof Promise) result.catch((error: unknown) => this.dropIfUseless(error))
    return result as never
  }

  private dropIfUseless(error: unknown): void {
    const isSilent = error instanceof Error && error.message === 'Query read timeout'
    const isReadOnly = error instanceof pg.DatabaseError && error.code === READ_ONLY
    if (!isSilent && !isReadOnly) return
    dropConnection(this)
    this.emit('useless')
  }
}

/** Connects to whichever host takes writes at the moment. */
function clientOfPrimary(primary: PrimaryFinder) {
  return class extends StoreClient {
    /** The pool's way to connect; it destroys the stream of a client that takes too long. */
    override connect(...[connected]: never[]): never {
      const callback = connected as unknown as (error: unknown) => void
      primary.find().then(({ host, port }) => {
        this.host = host
        this.port = port
        super.connect((error: Error | null) => {
          if (error) primary.forget()
          callback(error)
        })
      }, callback)
      return undefined as never
    }
  }
}

/** Closes a connection without a word to the other side, which isn't listening. */
export function dropConnection(client: pg.ClientBase): void {
  ;(client as unknown as { connection: pg.Connection }).connection.stream.destroy()
}

/** When one connection breaks, destroys the idle ones too: each would fail the next query. */
function dropIdleWithUseless(pool: pg.Pool): void {
  const idle = new Set<pg.PoolClient>()
  pool.on('acquire', (client) => idle.delete(client))
  pool.on('remove', (client) => idle.delete(client))
  pool.on('release', (_, client) => idle.add(client))
  pool.on('connect', (client) =>
    client.on('useless' as 'end', () => {
      for (const other of idle) dropConnection(other)
    }),
  )
}

/** A pool that survives any restart of the database, and follows it to another host. @throws Error where the URL is none */
export function createPool({ url, max, name, onError, limits }: PoolOptions): pg.Pool {
  const hosts = hostUrls(url)
  if (!hosts) throw new Error('DATABASE_URL is not one that a server can use.')
  const primary = hosts.followPrimary ? createPrimaryFinder(hosts.urls) : undefined
  const pool = new pg.Pool({
    Client: primary ? clientOfPrimary(primary) : StoreClient,
    connectionString: hosts.urls[0],
    max,
    options: Object.entries(BY_INDEX)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    ...LIMITS,
    query_timeout: ANSWER_WITHIN_MS,
    ...limits,
    keepAlive: true,
    application_name: name ? `registration-orchestrator: ${name}` : 'registration-orchestrator',
  })
  // Without a listener on the pool and on each client that is checked out, a lost connection ends the process. The code
  // that has checked it out gets the error from its next query.
  pool.on('error', (error: Error & { client?: unknown }) => {
    // The pool hangs the whole client on it, which is nothing for a log.
    delete error.client
    onError(error)
  })
  pool.on('connect', (client) => client.on('error', () => undefined))
  // The primary is known only as long as every connection stands.
  if (primary) pool.on('remove', primary.forget)
  dropIdleWithUseless(pool)
  return pool
}
