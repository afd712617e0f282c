import { freePort } from '../../support/free-port.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { type LoadBalancer, startLoadBalancer } from './load-balancer.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'
import { startTestCluster, type TestCluster } from './test-cluster.ts'

/** Three replicas behind a load balancer, which knows one more than there are. */
export interface FleetCluster extends TestCluster {
  balancer: LoadBalancer
  /** Starts that one more. */
  addReplica(): Promise<ServerProcess>
}

const REPLICAS = 3
/** What a killed replica leaves behind waits 2.25 times as long. */
const PARTNER_TIMEOUT_MS = 2_000
/** Longer than a lease: whoever waits for a dead replica's result is there when it ends. HAProxy waits for 40 s. */
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
