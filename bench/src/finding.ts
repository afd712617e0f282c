/** One line of the report: what one figure was for each contender. */
export interface Finding {
  title: string
  unit: string
  values: ContenderValue[]
}

export interface ContenderValue {
  contender: string
  /** The median over the rounds. */
  value: number
  /** To the baseline of the same round: the median over the rounds, and the extremes. Undefined for the baseline. */
  ratio?: { median: number; low: number; high: number }
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
  about: Pick<Finding, 'title' | 'unit'>,
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

/** The samples of each contender, one a round. */
export type Samples<Sample> = ReadonlyMap<string, readonly Sample[]>

/**
 * Lets the contenders take turns, round after round: what the machine does besides hits all of them alike. Each round
 * begins with another one.
 */
export async function inRounds<Contender extends { name: string }, Sample>(
  rounds: number,
  contenders: readonly Contender[],
  measure: (contender: Contender) => Promise<Sample>,
): Promise<Samples<Sample>> {
  const samples = new Map(contenders.map(({ name }) => [name, [] as Sample[]]))
  for (let round = 0; round < rounds; round++) {
    const first = round % contenders.length
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      samples.get(contender.name)?.push(await measure(contender))
    }
  }
  return samples
}

/** @throws Error where there is nothing to take it of */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  if (low === undefined || high === undefined) throw new Error('There is no median of nothing.')
  return (low + high) / 2
}
