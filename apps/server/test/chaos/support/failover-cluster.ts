import { setTimeout as pause } from 'node:timers/promises'
import { type StandbyPostgres, startThrowawayPostgres, type ThrowawayPostgres } from '@registration/local-postgres'
import pg from 'pg'
import { severalHosts } from '../../support/several-hosts.ts'
import { startTestCluster, type TestCluster } from './test-cluster.ts'

/** When a primary died and when its standby took its place, by the clock of the machine. */
export interface Failover {
  killedAt: Date
  promotedAt: Date
}

/** Two replicas whose database has a synchronous standby, and which are told of both. */
export interface FailoverCluster extends TestCluster {
  readonly failovers: readonly Failover[]
  /**
   * The primary is cut off from its standby, and killed a moment later; the standby takes its place after that time. A
   * new standby takes the dead one's: commits of the new primary wait for it from then on.
   */
  failOver(absenceMs: number): Promise<void>
}

/** Long enough for commits that don't wait for the standby to be acknowledged, and lost: on a slow machine fewer of them. */
const CUT_OFF_MS = 300
/** Commits wait for the standby, and a claim whose commit takes a quarter of the partner's time is given up. */
const LIMITS = { PARTNER_TIMEOUT_MS: '2000', REQUEST_DEADLINE_MS: '5000' }

export async function startFailoverCluster(): Promise<FailoverCluster> {
  await using starting = new AsyncDisposableStack()
  let primary: ThrowawayPostgres = starting.use(await startThrowawayPostgres())
  let standby: StandbyPostgres = starting.use(await primary.startStandby())
  const databaseUrl = await primary.createDatabase()
  const hosts = [primary, standby].map(({ url }) => new URL(url).host)
  const env = { DATABASE_URL: severalHosts(databaseUrl, hosts), ...LIMITS }
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
      // Frozen, it can't notice that its server is dead.
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
