import { expect, it } from 'vitest'
import { aFreshIntent } from '../support/a-registration.ts'
import { fillRegistrations } from '../support/fill-registrations.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { openStore } from '../support/open-store.ts'

const ROWS = 40_000
const REGISTRATIONS = 1_000
/** Two versions of a row of some 300 bytes, and their entries in the indexes. */
const MOST_BYTES = 4_000

/**
 * Every registration leaves an older version of its row behind, and vacuum gives the place to others: that is where most
 * rows of a deployment are written. Indexes of block ranges made that dear once (9,400 bytes of the write-ahead log here).
 */
it('where vacuum has made room, a registration writes no more than its row and its indexes’ entries', async () => {
  const databaseUrl = await freshDatabase()
  // PostgreSQL counts for each connection; other tests have the same server.
  await using open = await openStore({ databaseUrl, connections: 1 })
  const { store, pool } = open
  await fillRegistrations(databaseUrl, { rows: ROWS, days: 30 })
  await pool.query(`delete from registrations where visitor_id like '%7'`)
  await pool.query('vacuum registrations')

  async function bytesWritten(): Promise<number> {
    await pool.query('select pg_stat_force_next_flush()')
    const { rows } = await pool.query('select wal_bytes from pg_stat_get_backend_wal(pg_backend_pid())')
    return Number(rows[0].wal_bytes)
  }

  async function register(n: number): Promise<void> {
    const trafficParams = { tag: `tag-${n % 20}`, click_id: `new-click-${n}` }
    const beginning = await store.insertIntent(aFreshIntent({ trafficParams }))
    if (beginning.kind !== 'inserted') throw new Error('The e-mail is like no other.')
    await store.settle(beginning.claim, { to: 'rejected', code: 'MULTIPLE_ACCOUNTS', message: null })
  }

  const before = await bytesWritten()
  await Promise.all(Array.from({ length: REGISTRATIONS }, (_, n) => register(n)))
  expect(((await bytesWritten()) - before) / REGISTRATIONS).toBeLessThan(MOST_BYTES)
})
