import type { ChaosWorld } from './chaos-world.ts'
import { HANGS_MS, type Visit, visit } from './visit.ts'

/** A visitor's page at the first replica. @param patienceMs 0 for one who asks once; by default until there is an outcome */
export function visitBy(world: ChaosWorld, email: string, patienceMs = HANGS_MS): Promise<Visit> {
  const name = email.replace(/@.*/, '')
  const target = () => world.servers[0]
  return visit({ name, email, key: `key of ${email}`, door: 'rest', target, patienceMs })
}
