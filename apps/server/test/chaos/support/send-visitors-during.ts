import type { TestCluster } from './test-cluster.ts'
import type { Visit } from './visit.ts'
import { type Load, sendVisitors } from './visitors.ts'

/** Disrupts until the signal is aborted, repairs everything, and resolves with the number of disruptions. */
export type Disruption = (signal: AbortSignal) => Promise<number>

export interface DisruptedLoad extends Partial<Load> {
  seed: number
  /** Visitors arrive for this long and until `atLeast` have arrived. */
  durationMs: number
  atLeast: number
  /** Whether they keep arriving after that. */
  shouldContinue?: Load['shouldContinue']
}

/** Sends visitors to all replicas, 40 at once, during disruptions. Resolves when both are over. */
export async function sendVisitorsDuring(
  disrupt: Disruption,
  cluster: TestCluster,
  { durationMs, atLeast, shouldContinue, ...load }: DisruptedLoad,
): Promise<{ visits: Visit[]; disruptions: number }> {
  const loadIsOver = new AbortController()
  const disrupting = disrupt(loadIsOver.signal)
  // A failed disruption stops new visitors; it is reported once the current ones are done.
  let hasFailed = false
  disrupting.catch(() => {
    hasFailed = true
  })
  const until = performance.now() + durationMs
  const isEarly = (begun: number) => begun < atLeast || performance.now() < until
  const visits = await sendVisitors({
    targets: cluster.servers,
    atOnce: 40,
    shouldContinue: (begun) => !hasFailed && (isEarly(begun) || (shouldContinue?.(begun) ?? false)),
    patienceMs: 60_000,
    ...load,
  })
  loadIsOver.abort()
  return { visits, disruptions: await disrupting }
}
