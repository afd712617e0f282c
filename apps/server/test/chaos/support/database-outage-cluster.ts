import { freshDatabase } from '../../support/fresh-database.ts'
import { startPartnerProcess } from './partner-process.ts'
import type { ServerProcess } from './server-process.ts'
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts'
import { LONG_LIMITS, startTestCluster, type TestCluster } from './test-cluster.ts'
import type { Visit } from './visit.ts'
import { visitFirstReplica } from './visit-first-replica.ts'

/** One replica with a proxy in front of its database and one in front of its partner. */
export interface DatabaseOutageCluster extends TestCluster {
  server: ServerProcess
  /** The replica's only connection to the database. */
  databaseProxy: TcpProxy
  /** Holds back the partner's answer to the next call for this e-mail. Resolves when the replica makes that call. */
  holdAnswer(email: string): Promise<HeldAnswer>
  /**
   * Registers a visitor, with a database outage during the call to the partner: the account exists, and only the
   * replica knows. Resolves with the visit.
   */
  registerDuringOutage(email: string): Promise<Visit>
}

export interface HeldAnswer {
  release(): void
}

/** Starts it with limits that no call, request or lease reaches. */
export async function startDatabaseOutageCluster(): Promise<DatabaseOutageCluster> {
  await using started = new AsyncDisposableStack()
  const databaseUrl = await freshDatabase()
  const databaseProxy = started.use(await openTcpProxy(databaseUrl))
  const partner = started.use(await startPartnerProcess())
  const partnerProxy = started.use(await openTcpProxy(partner.url))
  const env = { DATABASE_URL: databaseProxy.url, PARTNER_URL: partnerProxy.url, ...LONG_LIMITS }
  const cluster = started.use(await startTestCluster({ replicas: 1, databaseUrl, partner, env }))
  const [server] = cluster.servers
  if (!server) throw new Error('There is no replica.')

  async function holdAnswer(email: string): Promise<HeldAnswer> {
    const matches = (sent: string) => sent.includes(email)
    const connection = await partnerProxy.injectFault({ matches, lose: 'answer', by: 'silence' })
    return { release: connection.resume }
  }

  const running = started.move()
  return {
    ...cluster,
    server,
    databaseProxy,
    holdAnswer,
    async registerDuringOutage(email) {
      const asking = holdAnswer(email)
      const visiting = visitFirstReplica(cluster, email)
      const answer = await asking
      await databaseProxy.disable()
      answer.release()
      return visiting
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
