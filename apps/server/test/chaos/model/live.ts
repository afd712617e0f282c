import type { Policy } from '../../../src/registration/policy.ts'
import { DatabaseUnavailable } from '../../../src/registration/store-errors.ts'
import { createActingPartner } from './acting-partner.ts'
import { createFates, type Fates } from './fates.ts'
import { type Answered, createHistory } from './history.ts'
import { type AtRest, broken } from './invariants.ts'
import { createModelLookUp } from './model-look-up.ts'
import { PARTNER_TIMEOUT_MS, type Plan, REQUEST_DEADLINE_MS } from './plan.ts'
import { startReplica } from './replica.ts'
import { createVirtualTime, type VirtualTime } from './virtual-time.ts'
import { createVisitors } from './visitors.ts'
import type { LayGround, World, WorldStore } from './world.ts'

/** What became of one history. */
export interface Lived {
  /** The invariants that didn't hold, and what contradicts them. */
  broken: string[]
  /** The world when it first came to rest. */
  atRest: AtRest
  /** Every call of a port until then. */
  calls: Fates['calls']
  befell: Fates['befell']
}

const POLICY: Omit<Policy, 'uniqueByEmail'> = {
  partnerTimeoutMs: PARTNER_TIMEOUT_MS,
  probeForMs: 86_400_000,
  requestDeadlineMs: REQUEST_DEADLINE_MS,
}
/** Where only looking is left, a history must come to its end. */
const LOOK_FOR_MS = 600_000
const LOOK_EVERY_MS = 1_500
/** Longer than any chain of pauses that a plan leads to. */
const REST_WITHIN_MS = 3_600_000

/** Lives one history through until everything is at rest; then every visitor comes back with the key of then. */
export function live(plan: Plan, layGround: LayGround): Promise<Lived> {
  const time = createVirtualTime()
  return time.until(story(plan, layGround, time))
}

async function story(plan: Plan, layGround: LayGround, time: VirtualTime): Promise<Lived> {
  const history = createHistory()
  const policy = { ...POLICY, uniqueByEmail: plan.uniqueByEmail, ...(plan.looksUp && { probeForMs: LOOK_FOR_MS }) }
  const fates = createFates(plan, time)
  const databaseNow = () => time.now * plan.databaseRate + fates.clockAheadMs
  const isDiskFull = () => fates.isOn('disk-full')
  const ground = await layGround({ plan, time, now: databaseNow, isDiskFull })
  const acts = plan.partner.values()
  const nextAct = () => (fates.isCalm ? undefined : acts.next().value)
  const askPartner = createActingPartner(time, ground.books, nextAct)
  const lookUp = plan.looksUp ? createModelLookUp(time, ground.books, nextAct) : undefined
  const world: World = {
    time,
    history,
    policy,
    databaseNow,
    askPartner,
    lookUp,
    store: networked(ground.store, time, fates, plan),
  }
  const replicas = plan.replicas.map((_, index) => startReplica(plan, world, ground, fates, index))
  const visitors = createVisitors(plan, time, replicas)

  const isAtRest = async () =>
    replicas.every(({ process: { life, waiting } }) => !life.isDead && life.underWay === 0 && waiting === 0) &&
    (await ground.isFinished())

  async function comeToRest(later: readonly Answered[]): Promise<AtRest> {
    const until = time.now + REST_WITHIN_MS
    while (!(await isAtRest()) && time.now < until) await time.pause(LOOK_EVERY_MS)
    const waiting = replicas.reduce((sum, { process }) => sum + process.waiting, 0)
    const { clockSteps } = fates
    return {
      clockSteps,
      history,
      policy,
      rows: await ground.rows(),
      accounts: ground.books.accounts(),
      waiting,
      later,
    }
  }

  await visitors.come()
  const atRest = await comeToRest([])
  const atFirst = broken(atRest)
  fates.calmDown()
  const before = history.answers.length
  await visitors.comeBack()
  const inTheEnd = broken(await comeToRest(history.answers.slice(before)))
  return { broken: atFirst.length > 0 ? atFirst : inTheEnd, atRest, calls: fates.calls, befell: fates.befell }
}

type Method = (...args: never[]) => Promise<unknown>

/** A query takes its time both ways, and finds nobody while the database is away. */
function networked(store: WorldStore, time: VirtualTime, fates: Fates, { queryMs }: Plan): WorldStore {
  const overTheWire =
    (method: Method): Method =>
    async (...args) => {
      await time.pause(queryMs)
      if (fates.isOn('database-away')) throw new DatabaseUnavailable('The database is away.')
      const result = await method(...args)
      await time.pause(queryMs)
      return result
    }
  const methods = Object.entries(store).map(([name, method]) => [name, overTheWire(method as Method)])
  return { ...store, ...Object.fromEntries(methods) }
}
