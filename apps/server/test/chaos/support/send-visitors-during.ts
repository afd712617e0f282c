import type { TestCluster } from './test-cluster.ts'
import type { Visit } from './visit.ts'
import { type Load, sendVisitors } from './visitors.ts'

/** Does harm until the signal is aborted, puts everything right again, and resolves with how often it did. */
export type Disruption = (signal: AbortSignal) => Promise<number>

export interface DisruptedLoad extends Partial<Load> {
  seed: number
  /** Visitors keep coming for so long, and until so many have come. */
  durationMs: number
  atLeast: number
  /** Whether they keep coming after that, too. */
  shouldContinue?: Load['shouldContinue']
}

/** Sends visitors to all replicas, 40 at once, while harm is done. Resolves when both are over. */
export async function sendVisitorsDuring(
  harm: Disruption,
  cluster: TestCluster,
  { durationMs, atLeast, shouldContinue, ...load }: DisruptedLoad,
): Promise<{ visits: Visit[]; disruptions: number }> {
  const loadIsOver = new AbortController()
  const harming = harm(loadIsOver.signal)
  // Harm that fails must be seen, but not before the visitors are home; nobody else comes then.
  let hasFailed = false
  harming.catch(() => {
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
  return { visits, disruptions: await harming }
}
