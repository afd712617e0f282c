import { freePort } from '../../support/free-port.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { type ChaosWorld, startChaosWorld } from './chaos-world.ts'
import { type LoadBalancer, startLoadBalancer } from './load-balancer.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

/** Three replicas behind a load balancer, which knows one more than there are. */
export interface FleetWorld extends ChaosWorld {
  balancer: LoadBalancer
  /** After it a request counts as lost. */
  requestMs: number
  /** Starts that one more. */
  addReplica(): Promise<ServerProcess>
}

const REPLICAS = 3
/** A busy machine must not let leases run out, nor claims be given up because their commits took a quarter of it. */
const PARTNER_TIMEOUT_MS = 3_000
/** Longer than a lease: whoever waits for a dead replica's result is there when it ends. */
const REQUEST_DEADLINE_MS = 8_000
/** Of a visitor, with a busy machine. */
const PATIENCE_BEYOND_DEADLINE_MS = 15_000

export async function startFleetWorld(): Promise<FleetWorld> {
  await using started = new AsyncDisposableStack()
  const ports: number[] = []
  for (let index = 0; index <= REPLICAS; index++) ports.push(await freePort())
  const env = { PARTNER_TIMEOUT_MS: `${PARTNER_TIMEOUT_MS}`, REQUEST_DEADLINE_MS: `${REQUEST_DEADLINE_MS}` }
  const world = started.use(await startChaosWorld({ replicas: REPLICAS, ports, env }))
  const balancer = started.use(await startLoadBalancer(ports))
  const servers = [...world.servers]
  const running = started.move()
  return {
    ...world,
    servers,
    balancer,
    requestMs: REQUEST_DEADLINE_MS + PATIENCE_BEYOND_DEADLINE_MS,
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
