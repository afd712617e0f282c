import pg from 'pg'
import { DatabaseUnavailable } from '../registration/store-errors.ts'

/** Where a PostgreSQL that takes writes can be reached. */
export type Primary = Pick<pg.Client, 'host' | 'port'>

/** Finds out which of several hosts takes writes, and remembers it until that may have changed. */
export interface PrimaryFinder {
  /** @throws DatabaseUnavailable where none does, or none in time */
  find(): Promise<Primary>
  /** Something happened after which it may be another one: the next look asks all of them. */
  forget(): void
}

/** A host that is gone without a word must leave time for the connection itself. */
const CONNECT_WITHIN_MS = 1_500
const ANSWER_WITHIN_MS = 500
/** While none takes writes, one that is about to has better things to do than to say so to each who asks. */
const LOOK_AGAIN_AFTER_MS = 200

/**
 * All hosts are asked at once, and the first that takes writes is taken: one that is gone holds nobody up. That there is
 * no second one who takes writes, the failover has to see to, since no client can.
 */
export function createPrimaryFinder(urls: readonly string[]): PrimaryFinder {
  let known: Promise<Primary> | undefined

  function search(): Promise<Primary> {
    const searching = Promise.any(urls.map(primaryAt)).catch((error: AggregateError) => {
      setTimeout(() => forgetThis(searching), LOOK_AGAIN_AFTER_MS).unref()
      const reasons = error.errors.map(String).join('; ')
      throw new DatabaseUnavailable(`None of the database's hosts takes writes: ${reasons}`, { cause: error })
    })
    return searching
  }
  function forgetThis(searched: Promise<Primary>): void {
    if (known === searched) known = undefined
  }

  return {
    find() {
      known ??= search()
      return known
    },
    forget() {
      known = undefined
    },
  }
}

async function primaryAt(url: string): Promise<Primary> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    application_name: 'registration-orchestrator: which host takes writes',
  })
  client.on('error', () => undefined)
  const { host, port } = client
  try {
    await client.connect()
    // On at a standby, and where an administrator or a full disk has turned writing off.
    const { rows } = await client.query('show transaction_read_only')
    if (rows[0]?.transaction_read_only !== 'off') throw new Error('it is a standby, or read-only')
    return { host, port }
  } catch (cause) {
    throw new Error(`${host}:${port}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  } finally {
    void client.end()
  }
}
