import type { FaultPlan } from './fault-plan.ts'
import { createModelServer, type ModelServer } from './model-server.ts'
import type { Scenario } from './scenario.ts'
import { createSimulatedProcess } from './simulated-process.ts'
import type { Backends, SimulationContext } from './simulation-context.ts'

/** One replica: a server process and, after it is killed, the next one on the same volume. */
export interface Replica {
  readonly server: ModelServer
}

/** As often as in production under load. */
const RECOVER_EVERY_MS = 4_000

/** Starts the replica, and restarts it when it was killed, as a container orchestrator does. */
export function startReplica(
  scenario: Scenario,
  context: SimulationContext,
  backends: Backends,
  faultPlan: FaultPlan,
  index: number,
): Replica {
  const start = (restarts: number) => {
    const process = createSimulatedProcess({
      name: `replica ${index}`,
      restarts,
      time: context.time,
      faultAt: faultPlan.faultAt,
      ...scenario.replicas[index],
    })
    return createModelServer(context, process, backends.openJournal(index), scenario)
  }
  let process = start(0)

  async function supervise(): Promise<void> {
    for (let restarts = 1; ; restarts++) {
      await process.open()
      void recoverPeriodically(process)
      await process.process.killed
      await context.time.pause(scenario.restartAfterMs)
      process = start(restarts)
    }
  }

  /** Runs recovery, less often than in production, so that a simulation takes less real time. */
  async function recoverPeriodically({ process, recoverDue }: ModelServer): Promise<void> {
    while (!process.isKilled) {
      await recoverDue()
      await process.clock.pause(RECOVER_EVERY_MS)
    }
  }

  void supervise()
  return {
    get server() {
      return process
    },
  }
}
