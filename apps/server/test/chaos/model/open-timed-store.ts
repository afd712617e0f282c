import pg from 'pg'
import type { Store } from '../../../src/store/create-store.ts'
import { freshDatabase } from '../../support/fresh-database.ts'
import { openStore } from '../../support/open-store.ts'
import { LEASE_MS } from './scenario.ts'

/** The real store on a real PostgreSQL, in which time passes only when it is told to. */
export interface TimedStore extends AsyncDisposable {
  store: Store
  pool: pg.Pool
  /** @param ms since the world began; at the next statement it is that time */
  setNow(ms: number): Promise<void>
}

/** The functions that statements tell the time by are looked up here before they are in PostgreSQL's own schema. */
const SCHEMA = 'virtual_time'

const CLOCK = `
  create schema ${SCHEMA};
  create table ${SCHEMA}.clock (at timestamptz not null);
  insert into ${SCHEMA}.clock values ('2030-01-01');
  create function ${SCHEMA}.clock_timestamp() returns timestamptz language sql as 'select at from ${SCHEMA}.clock';
  create function ${SCHEMA}.now() returns timestamptz language sql as 'select at from ${SCHEMA}.clock';
`

/** What the database's clock shows when the world begins, in milliseconds since 1970. */
export const EPOCH_MS = Date.parse('2030-01-01T00:00:00Z')

/** @param replayForMs how long links and secrets are shown; longer than any history by default */
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
