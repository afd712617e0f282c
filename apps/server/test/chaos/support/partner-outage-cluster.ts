import { startPartnerProcess } from './partner-process.ts'
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts'
import { startTestCluster, type TestCluster, type TestClusterOptions } from './test-cluster.ts'

/** Replicas with a proxy in front of their partner. */
export interface PartnerOutageCluster extends TestCluster {
  /** The replicas' only connection to the partner. */
  partnerProxy: TcpProxy
}

export async function startPartnerOutageCluster({
  env,
  ...options
}: TestClusterOptions = {}): Promise<PartnerOutageCluster> {
  await using started = new AsyncDisposableStack()
  const partner = started.use(await startPartnerProcess())
  const partnerProxy = started.use(await openTcpProxy(partner.url))
  const cluster = started.use(
    await startTestCluster({ ...options, partner, env: { PARTNER_URL: partnerProxy.url, ...env } }),
  )
  const running = started.move()
  return { ...cluster, partnerProxy, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
