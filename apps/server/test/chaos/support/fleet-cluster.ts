import { freePort } from '../../support/free-port.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { type LoadBalancer, startLoadBalancer } from './load-balancer.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'
import { startTestCluster, type TestCluster } from './test-cluster.ts'

/** Three replicas behind a load balancer, which is configured for four. */
export interface FleetCluster extends TestCluster {
  balancer: LoadBalancer
  /** Starts the fourth. */
  addReplica(): Promise<ServerProcess>
}

const REPLICAS = 3
/** The leases of a killed replica last 2.25 times as long. */
const PARTNER_TIMEOUT_MS = 2_000
/** Longer than a lease, so that a caller waits until a killed replica's lease is over. HAProxy waits for 40 s. */
const REQUEST_DEADLINE_MS = 30_000

export async function startFleetCluster(): Promise<FleetCluster> {
  await using started = new AsyncDisposableStack()
  const ports: number[] = []
  for (let index = 0; index <= REPLICAS; index++) ports.push(await freePort())
  const env = { PARTNER_TIMEOUT_MS: `${PARTNER_TIMEOUT_MS}`, REQUEST_DEADLINE_MS: `${REQUEST_DEADLINE_MS}` }
  const cluster = started.use(await startTestCluster({ replicas: REPLICAS, ports, env }))
  const balancer = started.use(await startLoadBalancer(ports))
  const servers = [...cluster.servers]
  const running = started.move()
  return {
    ...cluster,
    servers,
    balancer,
    async addReplica() {
      const DATA_DIR = running.use(temporaryFolder()).path
      const added = running.use(
        await startServerProcess({ ...servers[0]?.env, DATA_DIR, PORT: `${ports[servers.length]}` }),
      )
      servers.push(added)
      return added
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
