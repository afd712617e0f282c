import { freshDatabase } from '../../support/fresh-database.ts'
import { type ChaosWorld, startChaosWorld } from './chaos-world.ts'
import type { ServerEnvironment, ServerProcess } from './server-process.ts'
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts'
import type { Visit } from './visit.ts'
import { visitBy } from './visit-by.ts'

/** One replica whose way to its database can be broken. */
export interface OutageWorld extends ChaosWorld {
  server: ServerProcess
  /** The replica's only way to the database. */
  way: TcpProxy
  /**
   * Registers somebody by a call during which the database goes away: the partner has given the account and only the
   * replica knows. Resolves with what the visitor was told.
   */
  registerWithoutDatabase(email: string): Promise<Visit>
}

/** Long enough that the database can be taken away meanwhile, also on a busy machine, and well within the partner's time. */
const PARTNER_AT_WORK_MS = 700
const PARTNER_TIMEOUT_MS = 2_000

export async function startOutageWorld(env: ServerEnvironment = {}): Promise<OutageWorld> {
  await using started = new AsyncDisposableStack()
  const databaseUrl = await freshDatabase()
  const way = started.use(await openTcpProxy(databaseUrl))
  const common = { DATABASE_URL: way.url, PARTNER_TIMEOUT_MS: `${PARTNER_TIMEOUT_MS}` }
  const world = started.use(await startChaosWorld({ replicas: 1, databaseUrl, env: { ...common, ...env } }))
  const [server] = world.servers
  if (!server) throw new Error('There is no replica.')

  const running = started.move()
  return {
    ...world,
    server,
    way,
    async registerWithoutDatabase(email) {
      await world.partner.misbehave(email, 'slow', { times: 1, delayMs: PARTNER_AT_WORK_MS })
      const visiting = visitBy(world, email)
      await world.partner.until(({ calls }) => calls.some((call) => call.email === email))
      await way.shut()
      return visiting
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
