import fc from 'fast-check'
import { expect, it } from 'vitest'
import { simulate } from './model/simulate.ts'
import { createModelBackends } from './simulation/model-backends.ts'
import { randomScenarios } from './simulation/random-scenarios.ts'
import { createTally } from './simulation/tally.ts'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { printFigures } from './support/figures.ts'

const HISTORIES_PER_MS = 0.2
/** As many as fit into a tenth of the long form's time, at least ten thousand. */
const numRuns = chaosRun.isLong ? Math.max(10_000, loadMs({ quickMs: 0, share: 0.1 }) * HISTORIES_PER_MS) : 1_500

/** What a run must have covered to be meaningful. */
const WANTED = [
  ...['succeeded', 'succeeded_without_link', 'rejected', 'released', 'stuck'].map((status) => `rows ${status}`),
  ...['dies-before', 'dies-after', 'freezes-before', 'freezes-meanwhile'].map((what) => `faults ${what}`),
  ...['answer-lost', 'slow', 'database-away', 'disk-full'].map((what) => `faults ${what}`),
  ...['row-locked', 'host-refuses', 'clock-ahead', 'clock-back'].map((what) => `faults ${what}`),
  'results that a journal took',
  'links that came after a newer claim',
]

/** A failure names its seed; `npm run chaos -- --seed N simulation` repeats the same simulations. */
it('every invariant holds in random simulations with faults of processes, database, disks and partner', async () => {
  const tally = createTally()
  const history = fc.asyncProperty(randomScenarios, async (scenario) => {
    const result = await simulate(scenario, createModelBackends)
    tally.add(result)
    expect(result.broken).toEqual([])
  })
  await fc.assert(history, { numRuns, seed: chaosRun.seed })
  printFigures('simulated histories', chaosRun.seed, tally.figures())
  expect(WANTED.filter((name) => !tally.counts[name])).toEqual([])
})
