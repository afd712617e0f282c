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
