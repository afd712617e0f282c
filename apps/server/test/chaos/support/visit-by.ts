import type { ChaosWorld } from './chaos-world.ts'
import { type Visit, visit } from './visit.ts'

/** A visitor's page at the first replica. @param patienceMs 0 for one who asks once */
export function visitBy(world: ChaosWorld, email: string, patienceMs = 30_000): Promise<Visit> {
  const name = email.replace(/@.*/, '')
  const target = () => world.servers[0]
  const requestMs = world.requestDeadlineMs + 5_000
  return visit({ name, email, key: `key of ${email}`, door: 'rest', target, patienceMs, requestMs })
}
