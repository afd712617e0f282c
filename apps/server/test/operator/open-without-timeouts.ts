import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import type { Database } from '../../src/store/database.ts'
import { createPool } from '../../src/store/pool.ts'

/** The same database without the server's statement and lock time-outs, which a slow machine might reach. */
export function openWithoutTimeouts(url: string): AsyncDisposable & { pool: pg.Pool; db: Kysely<Database> } {
  const pool = createPool({
    url,
    max: 4,
    limits: { statement_timeout: 0, lock_timeout: 0, query_timeout: 0 },
    onError: (error) => {
      throw error
    },
  })
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  return { pool, db, [Symbol.asyncDispose]: () => db.destroy() }
}
