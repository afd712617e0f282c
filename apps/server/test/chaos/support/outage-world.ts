import { freshDatabase } from '../../support/fresh-database.ts'
import { type ChaosWorld, LONG_LIMITS, startChaosWorld } from './chaos-world.ts'
import { startPartnerProcess } from './partner-process.ts'
import type { ServerProcess } from './server-process.ts'
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts'
import type { Visit } from './visit.ts'
import { visitBy } from './visit-by.ts'

/** One replica whose way to its database can be broken, and whose partner's answers can be held back. */
export interface OutageWorld extends ChaosWorld {
  server: ServerProcess
  /** The replica's only way to the database. */
  way: TcpProxy
  /** Holds back the partner's answer to the next call for this e-mail. Resolves when the replica makes the call. */
  holdAnswer(email: string): Promise<HeldAnswer>
  /**
   * Registers somebody by a call during which the database goes away: the partner has given the account and only the
   * replica knows. Resolves with what the visitor was told.
   */
  registerWithoutDatabase(email: string): Promise<Visit>
}

export interface HeldAnswer {
  release(): void
}

/** No call and no request ends by its limit, and no lease runs out by itself. */
export async function startOutageWorld(): Promise<OutageWorld> {
  await using started = new AsyncDisposableStack()
  const databaseUrl = await freshDatabase()
  const way = started.use(await openTcpProxy(databaseUrl))
  const partner = started.use(await startPartnerProcess())
  const wayToPartner = started.use(await openTcpProxy(partner.url))
  const env = { DATABASE_URL: way.url, PARTNER_URL: wayToPartner.url, ...LONG_LIMITS }
  const world = started.use(await startChaosWorld({ replicas: 1, databaseUrl, partner, env }))
  const [server] = world.servers
  if (!server) throw new Error('There is no replica.')

  async function holdAnswer(email: string): Promise<HeldAnswer> {
    const at = (sent: string) => sent.includes(email)
    const connection = await wayToPartner.strike({ at, lose: 'answer', by: 'silence' })
    return { release: connection.resume }
  }

  const running = started.move()
  return {
    ...world,
    server,
    way,
    holdAnswer,
    async registerWithoutDatabase(email) {
      const asking = holdAnswer(email)
      const visiting = visitBy(world, email)
      const answer = await asking
      await way.shut()
      answer.release()
      return visiting
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
