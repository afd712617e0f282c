import type { SimulationResult } from '../model/simulate.ts'
import type { Figures } from '../support/figures.ts'

/** Counts what the simulations have covered, so that a run which misses something fails. */
export interface Tally {
  add(result: SimulationResult): void
  /** Counts by name. */
  readonly counts: Readonly<Record<string, number>>
  figures(): Figures
}

export function createTally(): Tally {
  const counts: Record<string, number> = {}
  const count = (name: string, times = 1) => {
    counts[name] = (counts[name] ?? 0) + times
  }
  return {
    counts,
    add({ finalState: { history, rows }, injected }) {
      const { answers, calls, claims, lookUps, results } = history
      count('histories')
      count('requests', answers.length)
      count('calls to the partner', calls.length)
      count('claims', claims.length)
      for (const { result } of lookUps) count(`look-ups ${result.kind}`)
      count('results that a journal took', results.filter(({ journaled }) => journaled).length)
      count('results that no disk took', results.filter(({ diskFailed }) => diskFailed).length)
      for (const { status } of rows) count(`rows ${status}`)
      for (const what of injected) count(`faults ${what}`)
      for (const { outcome } of answers) if (outcome.kind === 'cut-off') count('requests cut off')
      for (const result of results) {
        const isOvertaken = claims.some(
          ({ registrationId, attempt }) => registrationId === result.registrationId && attempt > result.attempt,
        )
        const isLate = isOvertaken && result.settlement.to === 'succeeded'
        if (isLate) count('links that came after a newer claim')
      }
    },
    figures: () => Object.fromEntries(Object.entries(counts).toSorted()),
  }
}
