import type { PortCall } from '../model/fault-plan.ts'
import type { Crash, Scenario } from '../model/scenario.ts'
import { simulate } from '../model/simulate.ts'
import type { CreateBackends } from '../model/simulation-context.ts'

/** The results of all simulations, one for each crash point. */
export interface CrashResults {
  histories: number
  /** Each simulation that broke an invariant: where the processes were killed, and what contradicts it. */
  broken: { crashes: string[]; broken: string[] }[]
}

export interface CrashOptions {
  /** How many processes are killed per simulation; the second is killed at each call after the first crash. */
  times: number
  createBackends: CreateBackends
  /** Whether only the first of consecutive calls with one name, as polling makes them, is a crash point. */
  oncePerPoll: boolean
}

/**
 * Runs the scenario once per crash point: each time the process is killed at another call of a port, before its
 * effect or after it.
 */
export async function crashAtEveryCall(scenario: Scenario, options: CrashOptions): Promise<CrashResults> {
  const { times, createBackends, oncePerPoll } = options
  const found: CrashResults = { histories: 0, broken: [] }

  async function crashAt(crashes: readonly Crash[], names: readonly string[]): Promise<void> {
    const result = await simulate({ ...scenario, crashes: [...crashes] }, createBackends)
    if (crashes.length === times) {
      found.histories += 1
      if (result.broken.length > 0) found.broken.push({ crashes: [...names], broken: result.broken })
      return
    }
    for (const [index, { name }] of result.calls.entries()) {
      const call = index + 1
      if (call <= (crashes.at(-1)?.call ?? 0) || (oncePerPoll && repeatsLast(result.calls, index))) continue
      for (const kind of ['dies-before', 'dies-after'] as const) {
        await crashAt([...crashes, { call, kind }], [...names, `${kind} call ${call}, ${name}`])
      }
    }
  }

  await crashAt([], [])
  return found
}

function repeatsLast(calls: readonly PortCall[], index: number): boolean {
  return calls[index]?.name === calls[index - 1]?.name
}
