import type { Policy } from '../../../src/registration/policy.ts'
import { DatabaseUnavailable } from '../../../src/registration/store-errors.ts'
import { createFaultPlan, type FaultPlan } from './fault-plan.ts'
import { type AnsweredRequest, createHistory } from './history.ts'
import { brokenInvariants, type FinalState } from './invariants.ts'
import { createModelLookUp } from './model-look-up.ts'
import { startReplica } from './replica.ts'
import { PARTNER_TIMEOUT_MS, REQUEST_DEADLINE_MS, type Scenario } from './scenario.ts'
import { createScriptedPartner } from './scripted-partner.ts'
import type { CreateBackends, SimulatedStore, SimulationContext } from './simulation-context.ts'
import { createVirtualTime, type VirtualTime } from './virtual-time.ts'
import { createVisitors } from './visitors.ts'

/** The result of one simulation. */
export interface SimulationResult {
  /** The invariants that don't hold, with what contradicts each. */
  broken: string[]
  /** The state when everything had finished for the first time. */
  finalState: FinalState
  /** Every call of a port until then, in order. */
  calls: FaultPlan['calls']
  injected: FaultPlan['injected']
}

const POLICY: Omit<Policy, 'uniqueByEmail'> = {
  partnerTimeoutMs: PARTNER_TIMEOUT_MS,
  probeForMs: 86_400_000,
  requestDeadlineMs: REQUEST_DEADLINE_MS,
}
/** With lookups alone a registration must still finish, so probing ends soon. */
const LOOK_UP_FOR_MS = 600_000
const CHECK_EVERY_MS = 1_500
/** Longer than any chain of pauses in a scenario. */
const FINISH_WITHIN_MS = 3_600_000

/** Runs one scenario until everything has finished. Then every visitor repeats the request with the same key. */
export function simulate(scenario: Scenario, layGround: CreateBackends): Promise<SimulationResult> {
  const time = createVirtualTime()
  return time.until(runSimulation(scenario, layGround, time))
}

async function runSimulation(
  scenario: Scenario,
  layGround: CreateBackends,
  time: VirtualTime,
): Promise<SimulationResult> {
  const history = createHistory()
  const policy = {
    ...POLICY,
    uniqueByEmail: scenario.uniqueByEmail,
    ...(scenario.hasLookUp && { probeForMs: LOOK_UP_FOR_MS }),
  }
  const faultPlan = createFaultPlan(scenario, time)
  const databaseNow = () => time.now * scenario.databaseRate + faultPlan.clockAheadMs
  const isDiskFull = () => faultPlan.isActive('disk-full')
  const backends = await layGround({ scenario, time, now: databaseNow, isDiskFull })
  const answers = scenario.partner.values()
  const nextAnswer = () => (faultPlan.isStopped ? undefined : answers.next().value)
  const askPartner = createScriptedPartner(time, backends.partner, nextAnswer)
  const lookUp = scenario.hasLookUp ? createModelLookUp(time, backends.partner, nextAnswer) : undefined
  const context: SimulationContext = {
    time,
    history,
    policy,
    databaseNow,
    askPartner,
    lookUp,
    store: withNetwork(backends.store, time, faultPlan, scenario),
  }
  const replicas = scenario.replicas.map((_, index) => startReplica(scenario, context, backends, faultPlan, index))
  const visitors = createVisitors(scenario, time, replicas)

  const isFinished = async () =>
    replicas.every(
      ({ server: { process, unsavedResults } }) =>
        !process.isKilled && process.pendingCalls === 0 && unsavedResults === 0,
    ) && (await backends.isFinished())

  async function finish(laterRequests: readonly AnsweredRequest[]): Promise<FinalState> {
    const until = time.now + FINISH_WITHIN_MS
    while (!(await isFinished()) && time.now < until) await time.pause(CHECK_EVERY_MS)
    const unsavedResults = replicas.reduce((sum, { server }) => sum + server.unsavedResults, 0)
    const { clockChanges } = faultPlan
    return {
      clockChanges,
      history,
      policy,
      rows: await backends.rows(),
      accounts: backends.partner.accounts(),
      unsavedResults,
      laterRequests,
    }
  }

  await visitors.visitAll()
  const finalState = await finish([])
  const brokenAtFirst = brokenInvariants(finalState)
  faultPlan.stop()
  const before = history.answers.length
  await visitors.revisit()
  const brokenInTheEnd = brokenInvariants(await finish(history.answers.slice(before)))
  return {
    broken: brokenAtFirst.length > 0 ? brokenAtFirst : brokenInTheEnd,
    finalState,
    calls: faultPlan.calls,
    injected: faultPlan.injected,
  }
}

type Method = (...args: never[]) => Promise<unknown>

/** Adds network latency in both directions, and fails every call during a database outage. */
function withNetwork(
  store: SimulatedStore,
  time: VirtualTime,
  faultPlan: FaultPlan,
  { queryMs }: Scenario,
): SimulatedStore {
  const delayed =
    (method: Method): Method =>
    async (...args) => {
      await time.pause(queryMs)
      if (faultPlan.isActive('database-away')) throw new DatabaseUnavailable('The database is away.')
      const result = await method(...args)
      await time.pause(queryMs)
      return result
    }
  const methods = Object.entries(store).map(([name, method]) => [name, delayed(method as Method)])
  return { ...store, ...Object.fromEntries(methods) }
}
