import { setTimeout as pause } from 'node:timers/promises'
import { type StandbyPostgres, startThrowawayPostgres, type ThrowawayPostgres } from '@registration/local-postgres'
import pg from 'pg'
import { multiHostUrl } from '../../support/multi-host-url.ts'
import { startTestCluster, type TestCluster } from './test-cluster.ts'

/** When a primary was killed and its standby promoted, by the machine's clock. */
export interface Failover {
  killedAt: Date
  promotedAt: Date
}

/** Two replicas whose database has a synchronous standby; DATABASE_URL names both hosts. */
export interface FailoverCluster extends TestCluster {
  readonly failovers: readonly Failover[]
  /**
   * Cuts the primary off from its standby, kills it a moment later, and promotes the standby after `absenceMs`. A
   * new standby replaces the dead primary: commits of the new primary wait for it from then on.
   */
  failOver(absenceMs: number): Promise<void>
}

/** Long enough that commits which don't wait for the standby would be acknowledged and lost. */
const CUT_OFF_MS = 300
/** Commits wait for the standby, and a claim whose commit takes a quarter of the partner's time-out is given up. */
const LIMITS = { PARTNER_TIMEOUT_MS: '2000', REQUEST_DEADLINE_MS: '5000' }

export async function startFailoverCluster(): Promise<FailoverCluster> {
  await using starting = new AsyncDisposableStack()
  let primary: ThrowawayPostgres = starting.use(await startThrowawayPostgres())
  let standby: StandbyPostgres = starting.use(await primary.startStandby())
  const databaseUrl = await primary.createDatabase()
  const hosts = [primary, standby].map(({ url }) => new URL(url).host)
  const env = { DATABASE_URL: multiHostUrl(databaseUrl, hosts), ...LIMITS }
  const cluster = starting.use(await startTestCluster({ databaseUrl, env }))
  const started = starting.move()
  const failovers: Failover[] = []
  let { database } = cluster

  function openDatabase(): pg.Pool {
    const url = new URL(databaseUrl)
    url.host = new URL(primary.url).host
    const pool = started.adopt(new pg.Pool({ connectionString: url.href, max: 2 }), (opened) => opened.end())
    pool.on('error', () => undefined)
    return pool
  }

  return {
    ...cluster,
    get database() {
      return database
    },
    failovers,
    async failOver(absenceMs) {
      const dead = primary
      const { rows: senders } = await database.query<{ pid: number }>('select pid from pg_stat_replication')
      for (const { pid } of senders) process.kill(pid, 'SIGSTOP')
      await pause(CUT_OFF_MS)
      const killedAt = new Date()
      const killed = dead.kill()
      // Frozen, they can't notice that their server is dead.
      for (const { pid } of senders) process.kill(pid, 'SIGKILL')
      await killed
      await pause(absenceMs)
      await standby.promote()
      failovers.push({ killedAt, promotedAt: new Date() })
      primary = standby
      database = openDatabase()
      await dead.stop()
      standby = started.use(await primary.startStandby({ port: Number(new URL(dead.url).port) }))
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
