import { type ChaosWorld, type ChaosWorldOptions, startChaosWorld } from './chaos-world.ts'
import { startPartnerProcess } from './partner-process.ts'
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** Replicas whose way to the partner can be broken. */
export interface PartnerOutageWorld extends ChaosWorld {
  /** The replicas' only way to the partner. */
  way: TcpProxy
}

export async function startPartnerOutageWorld({
  env,
  ...options
}: ChaosWorldOptions = {}): Promise<PartnerOutageWorld> {
  await using started = new AsyncDisposableStack()
  const partner = started.use(await startPartnerProcess())
  const way = started.use(await openTcpProxy(partner.url))
  const world = started.use(await startChaosWorld({ ...options, partner, env: { PARTNER_URL: way.url, ...env } }))
  const running = started.move()
  return { ...world, way, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
