import type { PortCall } from '../model/fates.ts'
import { live } from '../model/live.ts'
import type { Death, Plan } from '../model/plan.ts'
import type { LayGround } from '../model/world.ts'

/** What came of as many histories as there are ways to die. */
export interface Deaths {
  histories: number
  /** Each history that broke an invariant: who died where, and what contradicts it. */
  broken: { deaths: string[]; broken: string[] }[]
}

export interface DeathOptions {
  /** How many processes die in each history; the second dies at each call that the first one's death leaves to be made. */
  times: number
  layGround: LayGround
  /** Whether of calls in a row with one name, as polling makes them, the first stands for all. */
  oncePerPoll: boolean
}

/**
 * Lives the plan again and again: each time another call of a port is the last that its process makes, before its
 * effect or after it.
 */
export async function diesAtEveryCall(plan: Plan, options: DeathOptions): Promise<Deaths> {
  const { times, layGround, oncePerPoll } = options
  const found: Deaths = { histories: 0, broken: [] }

  async function dieAt(deaths: readonly Death[], names: readonly string[]): Promise<void> {
    const lived = await live({ ...plan, deaths: [...deaths] }, layGround)
    if (deaths.length === times) {
      found.histories += 1
      if (lived.broken.length > 0) found.broken.push({ deaths: [...names], broken: lived.broken })
      return
    }
    for (const [index, { name }] of lived.calls.entries()) {
      const call = index + 1
      if (call <= (deaths.at(-1)?.call ?? 0) || (oncePerPoll && repeatsLast(lived.calls, index))) continue
      for (const kind of ['dies-before', 'dies-after'] as const) {
        await dieAt([...deaths, { call, kind }], [...names, `${kind} call ${call}, ${name}`])
      }
    }
  }

  await dieAt([], [])
  return found
}

function repeatsLast(calls: readonly PortCall[], index: number): boolean {
  return calls[index]?.name === calls[index - 1]?.name
}
