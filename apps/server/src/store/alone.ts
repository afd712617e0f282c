import { type Kysely, sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * Runs a job in a transaction that holds an advisory lock, so that one replica runs it at a time. The lock ends with the
 * transaction, so it works through a pooler in transaction mode, too.
 *
 * @param name of the job, and of the schema it works on
 * @returns undefined while another replica runs it
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
