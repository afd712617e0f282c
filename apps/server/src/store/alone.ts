import { type Kysely, sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * Runs a chore in a transaction that holds an advisory lock, so that one replica does it at a time. The lock ends with the
 * transaction, which also a pooler in transaction mode keeps on one session.
 *
 * @param name of the chore, and of the tables that it is done to
 * @returns undefined where another replica is at it
 */
export function withAdvisoryLock<Result>(
  db: Kysely<Database>,
  name: string,
  chore: (trx: Kysely<Database>) => Promise<Result>,
): Promise<Result | undefined> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ free: boolean }>`select pg_try_advisory_xact_lock(hashtext(${name})) as free`.execute(
      trx,
    )
    return rows[0]?.free ? chore(trx) : undefined
  })
}
