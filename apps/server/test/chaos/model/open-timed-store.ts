import pg from 'pg'
import type { Store } from '../../../src/store/create-store.ts'
import { freshDatabase } from '../../support/fresh-database.ts'
import { openStore } from '../../support/open-store.ts'
import { LEASE_MS } from './scenario.ts'

/** The production store on PostgreSQL, with a clock that the test sets. */
export interface TimedStore extends AsyncDisposable {
  store: Store
  pool: pg.Pool
  /** Sets the time for the next statements. @param ms since EPOCH_MS */
  setNow(ms: number): Promise<void>
}

/** Comes before pg_catalog in the search path, so that its `now()` and `clock_timestamp()` are called instead. */
const SCHEMA = 'virtual_time'

const CLOCK = `
  create schema ${SCHEMA};
  create table ${SCHEMA}.clock (at timestamptz not null);
  insert into ${SCHEMA}.clock values ('2030-01-01');
  create function ${SCHEMA}.clock_timestamp() returns timestamptz language sql as 'select at from ${SCHEMA}.clock';
  create function ${SCHEMA}.now() returns timestamptz language sql as 'select at from ${SCHEMA}.clock';
`

/** What the database's clock shows at the start, in Unix milliseconds. */
export const EPOCH_MS = Date.parse('2030-01-01T00:00:00Z')

/** @param replayForMs how long links and secrets are shown; by default longer than any simulation */
export async function openTimedStore(replayForMs = 1e9): Promise<TimedStore> {
  const url = new URL(await freshDatabase())
  await makeClock(url.href)
  url.searchParams.set('options', `-c search_path=${SCHEMA},pg_catalog,public`)
  const { store, pool, ...open } = await openStore({ databaseUrl: url.href, leaseMs: LEASE_MS, replayForMs })
  let now = 0
  return {
    store,
    pool,
    async setNow(ms) {
      if (ms === now) return
      now = ms
      await pool.query(`update clock set at = timestamptz '2030-01-01' + $1::float8 * interval '1 millisecond'`, [ms])
    },
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  }
}

async function makeClock(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(CLOCK)
  await client.end()
}
