import { expect, it } from 'vitest'
import { aFreshIntent } from '../support/a-registration.ts'
import { fillRegistrations } from '../support/fill-registrations.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { openStore } from '../support/open-store.ts'

const ROWS = 40_000
const REGISTRATIONS = 1_000
/** Two versions of a row of about 300 bytes, and their index entries. */
const MAX_BYTES = 4_000

/**
 * Each registration leaves an old version of its row, whose space vacuum frees for new rows: most rows of a deployment are
 * written there. BRIN indexes once made that expensive (9,400 bytes of the write-ahead log per registration here).
 */
it('a registration in space freed by vacuum writes at most 4,000 bytes to the write-ahead log', async () => {
  const databaseUrl = await freshDatabase()
  // PostgreSQL counts per connection, and other tests use the same PostgreSQL.
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
    const inserted = await store.insertIntent(aFreshIntent({ trafficParams }))
    if (inserted.kind !== 'inserted') throw new Error(inserted.kind)
    await store.settle(inserted.claim, { to: 'rejected', code: 'MULTIPLE_ACCOUNTS', message: null })
  }

  const before = await bytesWritten()
  await Promise.all(Array.from({ length: REGISTRATIONS }, (_, n) => register(n)))
  expect(((await bytesWritten()) - before) / REGISTRATIONS).toBeLessThan(MAX_BYTES)
})
