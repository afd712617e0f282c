import { temporaryFolder } from '../../support/temporary-folder.ts'
import { type ChaosWorld, type ChaosWorldOptions, startChaosWorld } from './chaos-world.ts'
import { lastingPort } from './lasting-port.ts'
import { type LoadBalancer, startLoadBalancer } from './load-balancer.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

/** Replicas behind a load balancer, which knows one more than there are. */
export interface FleetWorld extends ChaosWorld {
  balancer: LoadBalancer
  /** Starts that one more. */
  addReplica(): Promise<ServerProcess>
}

export async function startFleetWorld({ replicas = 3, ...options }: ChaosWorldOptions = {}): Promise<FleetWorld> {
  await using started = new AsyncDisposableStack()
  const ports: number[] = []
  for (let index = 0; index <= replicas; index++) ports.push(await lastingPort())
  const world = started.use(await startChaosWorld({ ...options, replicas, ports }))
  const balancer = started.use(await startLoadBalancer(ports))
  const servers = [...world.servers]
  const running = started.move()
  return {
    ...world,
    servers,
    balancer,
    async addReplica() {
      const DATA_DIR = running.use(temporaryFolder()).path
      const env = { ...servers[0]?.env, DATA_DIR, PORT: `${ports[replicas]}` }
      const added = running.use(await startServerProcess(env))
      servers.push(added)
      return added
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
