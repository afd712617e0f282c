import { createIntents } from './create-intents.ts'
import type { Told } from './history.ts'
import type { Plan, Visit } from './plan.ts'
import type { Replica } from './replica.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The pages that ask. */
export interface Visitors {
  /** Every visit of the plan. Resolves when the last page has its outcome, or no patience left. */
  come(): Promise<void>
  /** Once more with every key, one after the other. */
  comeBack(): Promise<void>
}

const REPEAT_AFTER_MS = 500

export function createVisitors({ visits }: Plan, time: VirtualTime, replicas: readonly Replica[]): Visitors {
  const intentOf = createIntents()

  function ask({ visitor, tab, replica, asks }: Visit, tries: number): Promise<Told> {
    const { process } = replicas[(replica + tries) % replicas.length] as Replica
    const intent = intentOf(emailOf(visitor), `visitor ${visitor}, tab ${tab}`)
    if (asks === 'for-status') return process.status(intent)
    return process.register(intent, asks === 'with-proof' ? 'valid' : 'not-required')
  }

  async function pay(visit: Visit): Promise<void> {
    await time.pause(visit.at)
    for (let tries = 0; tries < visit.tries; tries++) {
      const told = await ask(visit, tries)
      if (!isRepeated(told)) return
      await time.pause(told.kind === 'refusal' ? (told.retryAfterMs ?? 0) : REPEAT_AFTER_MS)
    }
  }

  return {
    async come() {
      await Promise.all(visits.map(pay))
    },
    async comeBack() {
      for (const visit of visits) await pay({ ...visit, at: 0, tries: 3, asks: 'to-register' })
    },
  }
}

export function emailOf(visitor: number): string {
  return `visitor-${visitor}@example.com`
}

/** Whether the SDK would ask again. */
function isRepeated(told: Told): boolean {
  if (told.kind === 'answer') return !told.answer.success
  return told.kind === 'cut-off' || (told.kind === 'refusal' && told.retryAfterMs !== undefined)
}
