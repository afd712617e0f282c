import type { Samples } from './in-rounds.ts'
import { median } from './median.ts'

/** One line of the report: what one figure was for each contender. */
export interface Finding {
  title: string
  unit: string
  values: ContenderValue[]
  /** What is asked for. */
  target?: Target
}

export interface ContenderValue {
  contender: string
  /** The median over the rounds. */
  value: number
  /** To the baseline of the same round: the median over the rounds, and the extremes. Undefined for the baseline. */
  ratio?: { median: number; low: number; high: number }
}

/** What is asked of the ratio to the baseline, or of the value itself; lower is better unless `atLeast` is set. */
export interface Target {
  of: 'ratio' | 'value'
  bound: number
  stretch?: number
  atLeast?: boolean
}

export const BASELINE = 'naive'
/** What nobody who keeps registrations safe can be faster than. */
export const BOUND = 'bound'

/**
 * @param samples of the contenders, one a round
 * @param pick the figure in question
 * @param baseline whom the others are compared with, round by round
 */
export function findingOf<Sample>(
  about: Pick<Finding, 'title' | 'unit' | 'target'>,
  samples: Samples<Sample>,
  pick: (sample: Sample) => number,
  baseline = BASELINE,
): Finding {
  const base = samples.get(baseline)?.map(pick)
  const values = [...samples].map(([contender, those]): ContenderValue => {
    const figures = those.map(pick)
    const value = median(figures)
    if (!base || contender === baseline) return { contender, value }
    const ratios = figures.map((figure, round) => figure / (base[round] ?? Number.NaN))
    return { contender, value, ratio: { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) } }
  })
  return { ...about, values }
}
