import type { TestCluster } from './test-cluster.ts'
import { HUNG_AFTER_MS, type Visit, visit } from './visit.ts'

/** Makes a visit at the first replica. @param patienceMs 0 to send one request; by default it repeats until there is an outcome */
export function visitFirstReplica(cluster: TestCluster, email: string, patienceMs = HUNG_AFTER_MS): Promise<Visit> {
  const name = email.replace(/@.*/, '')
  const target = () => cluster.servers[0]
  return visit({ name, email, key: `idempotency key of ${email}`, transport: 'rest', target, patienceMs })
}
