import type { Fates } from './fates.ts'
import { createLife } from './life.ts'
import { createModelProcess, type ModelProcess } from './model-process.ts'
import type { Plan } from './plan.ts'
import type { Ground, World } from './world.ts'

/** One replica: a process, and after its death the next one on the same volume. */
export interface Replica {
  readonly process: ModelProcess
}

/** As often as the product does, at the busiest. */
const SWEEP_EVERY_MS = 4_000

/** Starts the replica, and starts it anew whenever it has died, as whatever runs containers does. */
export function startReplica(plan: Plan, world: World, ground: Ground, fates: Fates, index: number): Replica {
  const start = (generation: number) => {
    const life = createLife({
      name: `replica ${index}`,
      generation,
      time: world.time,
      fateAt: fates.at,
      ...plan.replicas[index],
    })
    return createModelProcess(world, life, ground.openJournal(index), plan)
  }
  let process = start(0)

  async function supervise(): Promise<void> {
    for (let generation = 1; ; generation++) {
      await process.open()
      void sweep(process)
      await process.life.death
      await world.time.pause(plan.restartAfterMs)
      process = start(generation)
    }
  }

  /** Recovery, less often than the product's, so that a history takes less of our own time. */
  async function sweep({ life, recoverDue }: ModelProcess): Promise<void> {
    while (!life.isDead) {
      await recoverDue()
      await life.clock.pause(SWEEP_EVERY_MS)
    }
  }

  void supervise()
  return {
    get process() {
      return process
    },
  }
}
