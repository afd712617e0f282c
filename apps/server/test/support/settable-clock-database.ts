import pg from 'pg'
import { freshDatabase } from './fresh-database.ts'

/** A database whose clock can be set, as after a change by an administrator or a failover to a standby with another clock. */
export interface SettableClockDatabase extends AsyncDisposable {
  url: string
  /** Sets the clock `ms` ahead of the correct time, or behind it if `ms` is negative. */
  setOffset(ms: number): Promise<void>
}

/** A schema with its own clock functions, which comes before pg_catalog in the search path. */
const SCHEMA = 'settable_clock'

const CLOCK = `
  create schema ${SCHEMA};
  create table ${SCHEMA}.ahead (by interval not null);
  insert into ${SCHEMA}.ahead values ('0');
  create function ${SCHEMA}.clock_timestamp() returns timestamptz language sql
    as 'select pg_catalog.clock_timestamp() + by from ${SCHEMA}.ahead';
  create function ${SCHEMA}.now() returns timestamptz language sql as 'select pg_catalog.now() + by from ${SCHEMA}.ahead';
`

export async function openSettableClockDatabase(): Promise<SettableClockDatabase> {
  const url = new URL(await freshDatabase())
  const pool = new pg.Pool({ connectionString: url.href, max: 1 })
  await pool.query(CLOCK)
  url.searchParams.set('options', `-c search_path=${SCHEMA},pg_catalog,public`)
  return {
    url: url.href,
    async setOffset(ms) {
      await pool.query(`update ${SCHEMA}.ahead set by = interval '1 millisecond' * $1::float8`, [ms])
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}
