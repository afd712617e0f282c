import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import type pg from 'pg'
import type { Registration } from '../registration/registration.ts'
import { RowTemporarilyUnwritable } from '../registration/store-errors.ts'
import type { Database } from './database.ts'
import { isAway } from './database-errors.ts'
import { dropConnection } from './pool.ts'

/**
 * Runs in the transaction that settles a registration as `succeeded`, `succeeded_without_link` or `rejected`: what it
 * writes is committed with it, or neither is. It has 5 seconds; then its connection is closed, and all of it is done again
 * later, as where it throws. A link that turns up later settles a registration once more. What a command writes (`resolve`,
 * `journal --drain`) calls none: it doesn't run in the host.
 */
export type OnSettled = {
  // A method's parameters may be narrower: a host declares its own `Transaction<HostDatabase>` without a cast.
  onSettled(trx: Transaction<object>, registration: Registration): Promise<void>
}['onSettled']

/** The host's hook, and the connections that it may use: its slowness must not cost visitors theirs. */
export interface Host {
  onSettled: OnSettled
  pool: pg.Pool
}

/** Transactions of the host at once, each on a connection of the host's pool. */
export const HOST_CONNECTIONS = 8
const DEADLINE_MS = 5_000

/**
 * Runs a transaction in which the host's `onSettled` takes part, as soon as a connection is free.
 *
 * @param settle writes the settlement and returns the registration for the host; undefined if it wasn't written
 * @returns whether it was written
 * @throws RowTemporarilyUnwritable when the host threw or took too long; nothing is committed then
 */
export function createSettleWithHost({ onSettled, pool }: Host) {
  let underWay = 0
  const waiting: (() => void)[] = []

  async function turn(): Promise<void> {
    if (underWay >= HOST_CONNECTIONS) await new Promise<void>((resolve) => waiting.push(resolve))
    underWay++
  }

  return async (settle: (trx: Kysely<Database>) => Promise<Registration | undefined>): Promise<boolean> => {
    await turn()
    try {
      return await withClient(pool, async (db) =>
        db.transaction().execute(async (trx) => {
          const registration = await settle(trx)
          if (!registration) return false
          // The host's transaction knows nothing of our schema, so that its queries find its own tables.
          await onSettled(trx as unknown as Transaction<object>, registration).catch((error: unknown) => {
            if (isAway(error)) throw error
            throw new RowTemporarilyUnwritable('onSettled refused the registration', { cause: error })
          })
          return true
        }),
      )
    } finally {
      underWay--
      waiting.shift()?.()
    }
  }
}

/** Gives the work one connection, and takes it away where the work overruns: what it still does then has no effect. */
async function withClient<Result>(pool: pg.Pool, work: (db: Kysely<Database>) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  const lent = { query: client.query.bind(client), release: () => undefined } as unknown as pg.PoolClient
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: { connect: async () => lent, end: async () => undefined } as never }),
  })
  const overrun = Promise.withResolvers<never>()
  let isOverrun = false
  const timer = setTimeout(() => {
    isOverrun = true
    dropConnection(client)
    overrun.reject(new RowTemporarilyUnwritable(`onSettled took longer than ${DEADLINE_MS} ms`))
  }, DEADLINE_MS)
  try {
    return await Promise.race([work(db), overrun.promise])
  } finally {
    clearTimeout(timer)
    client.release(isOverrun)
  }
}
