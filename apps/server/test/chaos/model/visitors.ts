import { createIntents } from './create-intents.ts'
import type { CallerOutcome } from './history.ts'
import type { Replica } from './replica.ts'
import type { PlannedVisit, Scenario } from './scenario.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The pages that send requests. */
export interface Visitors {
  /** Makes every visit of the scenario. Resolves when each page has its outcome or has used all its tries. */
  visitAll(): Promise<void>
  /** Repeats every request with its key, one after the other. */
  revisit(): Promise<void>
}

const REPEAT_AFTER_MS = 500

export function createVisitors({ visits }: Scenario, time: VirtualTime, replicas: readonly Replica[]): Visitors {
  const intentOf = createIntents()

  function ask({ visitor, tab, replica, asks }: PlannedVisit, tries: number): Promise<CallerOutcome> {
    const { server } = replicas[(replica + tries) % replicas.length] as Replica
    const intent = intentOf(emailOf(visitor), `visitor ${visitor}, tab ${tab}`)
    if (asks === 'for-status') return server.status(intent)
    return server.register(intent, asks === 'with-proof' ? 'valid' : 'not-required')
  }

  async function makeVisit(visit: PlannedVisit): Promise<void> {
    await time.pause(visit.at)
    for (let tries = 0; tries < visit.tries; tries++) {
      const outcome = await ask(visit, tries)
      if (!isRepeated(outcome)) return
      await time.pause(outcome.kind === 'refusal' ? (outcome.retryAfterMs ?? 0) : REPEAT_AFTER_MS)
    }
  }

  return {
    async visitAll() {
      await Promise.all(visits.map(makeVisit))
    },
    async revisit() {
      for (const visit of visits) await makeVisit({ ...visit, at: 0, tries: 3, asks: 'to-register' })
    },
  }
}

export function emailOf(visitor: number): string {
  return `visitor-${visitor}@example.com`
}

/** Whether the SDK would repeat the request. */
function isRepeated(outcome: CallerOutcome): boolean {
  if (outcome.kind === 'answer') return !outcome.answer.success
  return outcome.kind === 'cut-off' || (outcome.kind === 'refusal' && outcome.retryAfterMs !== undefined)
}
