import { setTimeout as pause } from 'node:timers/promises'
import { type StandbyPostgres, startThrowawayPostgres, type ThrowawayPostgres } from '@registration/local-postgres'
import pg from 'pg'
import { severalHosts } from '../../support/several-hosts.ts'
import { type ChaosWorld, type ChaosWorldOptions, startChaosWorld } from './chaos-world.ts'

/** Replicas whose database has a synchronous standby, and which are told of both. */
export interface FailoverWorld extends ChaosWorld {
  /** When a primary was killed, by the clock of the machine. */
  readonly killedAt: readonly Date[]
  /**
   * The primary is cut off from its standby, and killed a moment later; the standby takes its place after that time. A
   * new standby takes the dead one's: commits of the new primary wait for it from then on.
   */
  failOver(absenceMs: number): Promise<void>
  /** The standby is gone, and commits wait for it. */
  loseStandby(): Promise<void>
  /** A new standby in the place of the lost one. */
  replaceStandby(): Promise<void>
}

/** Long enough for commits that don't wait for the standby to be acknowledged, and lost. */
const CUT_OFF_MS = 300

export async function startFailoverWorld(options: ChaosWorldOptions = {}): Promise<FailoverWorld> {
  await using starting = new AsyncDisposableStack()
  let started: AsyncDisposableStack = starting
  let primary: ThrowawayPostgres = started.use(await startThrowawayPostgres())
  let standby: StandbyPostgres = started.use(await primary.startStandby())
  const databaseUrl = await primary.createDatabase()
  const hosts = [primary, standby].map(({ url }) => new URL(url).host)
  const env = { DATABASE_URL: severalHosts(databaseUrl, hosts), ...options.env }
  const world = started.use(await startChaosWorld({ ...options, databaseUrl, env }))
  const killedAt: Date[] = []
  const openDatabase = () => {
    const url = new URL(databaseUrl)
    url.host = new URL(primary.url).host
    const pool = started.adopt(new pg.Pool({ connectionString: url.href, max: 2 }), (opened) => opened.end())
    pool.on('error', () => undefined)
    return pool
  }
  let { database } = world

  const replaceStandby = async (place: ThrowawayPostgres) => {
    standby = started.use(await primary.startStandby({ port: Number(new URL(place.url).port) }))
  }
  started = starting.move()
  return {
    ...world,
    get database() {
      return database
    },
    killedAt,
    async failOver(absenceMs) {
      const dead = primary
      const { rows: senders } = await database.query<{ pid: number }>('select pid from pg_stat_replication')
      for (const { pid } of senders) process.kill(pid, 'SIGSTOP')
      await pause(CUT_OFF_MS)
      killedAt.push(new Date())
      const killed = dead.kill()
      // Frozen, it can't notice that its server is dead.
      for (const { pid } of senders) process.kill(pid, 'SIGKILL')
      await killed
      await pause(absenceMs)
      await standby.promote()
      primary = standby
      database = openDatabase()
      await dead.stop()
      await replaceStandby(dead)
    },
    loseStandby: () => standby.stop(),
    replaceStandby: () => replaceStandby(standby),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
