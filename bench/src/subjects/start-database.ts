import { startThrowawayPostgres, type ThrowawayPostgres } from '@registration/local-postgres'
import pg from 'pg'
import { familyCpuMs, procStat } from '../proc.ts'

/** A database on a PostgreSQL server of its own, so that all its processes work for one subject, unless they share one. */
export interface MeasuredDatabase extends AsyncDisposable {
  url: string
  client: pg.Client
  /** Such as `18.4`. */
  version: string
  /** The processor time of all its processes so far, in milliseconds. */
  cpuMs(): number
}

/**
 * @param fsync whether a commit reaches the disk, as it must in production
 * @param shared the server, where it is not to be one of its own
 */
export async function startDatabase(fsync: boolean, shared?: ThrowawayPostgres): Promise<MeasuredDatabase> {
  await using started = new AsyncDisposableStack()
  const postgres = shared ?? started.use(await startThrowawayPostgres({ fsync }))
  const url = await postgres.createDatabase()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  started.defer(() => client.end())
  const { rows } = await client.query(`select pg_backend_pid() as pid, current_setting('server_version') as version`)
  const postmaster = procStat(rows[0].pid).parent
  const owned = started.move()
  return {
    url,
    client,
    version: rows[0].version,
    cpuMs: () => familyCpuMs(postmaster),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
