import type { ChaosWorld } from './chaos-world.ts'
import type { Visit } from './visit.ts'
import { type Load, sendVisitors } from './visitors.ts'

/** Does harm until the signal is aborted, puts everything right again, and resolves with how often it did. */
export type Harm = (signal: AbortSignal) => Promise<number>

export interface HarmfulLoad extends Partial<Load> {
  seed: number
  /** Visitors keep coming for so long, and until so many have come. */
  durationMs: number
  atLeast: number
  /** Whether they keep coming after that, too. */
  goOn?: Load['goOn']
}

/** Sends visitors to all replicas, 40 at once, while harm is done. Resolves when both are over. */
export async function sendVisitorsDuring(
  harm: Harm,
  world: ChaosWorld,
  { durationMs, atLeast, goOn, ...load }: HarmfulLoad,
): Promise<{ visits: Visit[]; harmed: number }> {
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
    targets: world.servers,
    atOnce: 40,
    goOn: (begun) => !hasFailed && (isEarly(begun) || (goOn?.(begun) ?? false)),
    patienceMs: 60_000,
    ...load,
  })
  loadIsOver.abort()
  return { visits, harmed: await harming }
}
