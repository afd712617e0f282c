import { freshDatabase } from '../../support/fresh-database.ts'
import { type ChaosWorld, startChaosWorld } from './chaos-world.ts'
import type { ServerEnvironment, ServerProcess } from './server-process.ts'
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts'
import { type Visit, visit } from './visit.ts'

/** One replica whose way to its database can be broken. */
export interface OutageWorld extends ChaosWorld {
  server: ServerProcess
  /** The replica's only way to the database. */
  way: TcpProxy
  /** A page that repeats its request until it has an outcome; at the replica, or at another one in its place. */
  visitBy(email: string, at?: ServerProcess): Promise<Visit>
  /**
   * Registers somebody by a call during which the database goes away: the partner has given the account and only the
   * replica knows. Resolves with what the visitor was told.
   */
  registerWithoutDatabase(email: string, at?: ServerProcess): Promise<Visit>
}

/** Long enough that the database can be taken away meanwhile, and well within the partner's time. */
const PARTNER_AT_WORK_MS = 600

export async function startOutageWorld(env: ServerEnvironment = {}): Promise<OutageWorld> {
  await using started = new AsyncDisposableStack()
  const databaseUrl = await freshDatabase()
  const way = started.use(await openTcpProxy(databaseUrl))
  const world = started.use(await startChaosWorld({ replicas: 1, databaseUrl, env: { DATABASE_URL: way.url, ...env } }))
  const [server] = world.servers
  if (!server) throw new Error('There is no replica.')

  function visitBy(email: string, at = server): Promise<Visit> {
    const requestMs = world.requestDeadlineMs + 5_000
    const page = { name: 'Ann', email, key: `key of ${email}`, door: 'rest', target: () => at } as const
    return visit({ ...page, patienceMs: 30_000, requestMs })
  }

  const running = started.move()
  return {
    ...world,
    server,
    way,
    visitBy,
    async registerWithoutDatabase(email, at) {
      await world.partner.misbehave(email, 'slow', { times: 1, delayMs: PARTNER_AT_WORK_MS })
      const visiting = visitBy(email, at)
      await world.partner.until(({ calls }) => calls.some((call) => call.email === email))
      await way.shut()
      return visiting
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
