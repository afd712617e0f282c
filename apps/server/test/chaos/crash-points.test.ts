import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { diesAtEveryCall } from './crash-points/dies-at-every-call.ts'
import { realGround } from './crash-points/real-ground.ts'
import { SCENARIOS } from './crash-points/scenarios.ts'
import { live } from './model/live.ts'
import { openTimedStore, type TimedStore } from './model/open-timed-store.ts'
import type { Plan } from './model/plan.ts'
import type { LayGround } from './model/world.ts'
import { layModelGround } from './simulation/model-ground.ts'
import { chaosRun } from './support/chaos-run.ts'

let timed: TimedStore
let layRealGround: LayGround
const folder = temporaryFolder()
beforeAll(async () => {
  timed = await openTimedStore()
  layRealGround = realGround(timed, folder.path)
})
afterAll(async () => {
  await timed[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

/** Polls that follow each other differ in nothing but the time. The long form has one process die at each of them too. */
const oncePerPoll = !chaosRun.isLong
/** Two deaths in one history are thousands of histories: minutes in PostgreSQL, and seconds in memory. */
const layGroundForTwo: LayGround = (options) => (chaosRun.isLong ? layRealGround : layModelGround)(options)

/**
 * These make every call of a port between them. The quick form lives their deaths in PostgreSQL and the others' in memory, at a
 * third of the cost; the store's contract test holds the one to the other.
 */
const IN_POSTGRES: readonly string[] = [
  'a registration that succeeds',
  'a partner that is busy for longer than the caller waits',
  'a caller who asks for the outcome in another replica',
  'a success that comes after its lease',
  'a database that is away when a refusal is to be saved, for longer than the lease',
  'a second key after a success, and a probe of it',
]

describe.each(Object.entries(SCENARIOS))('%s', (name, plan) => {
  it('ends well', async () => {
    expect((await live(plan, layRealGround)).broken).toEqual([])
  })

  it('ends as well whichever call a process dies before or after', async () => {
    const layGround = chaosRun.isLong || IN_POSTGRES.includes(name) ? layRealGround : layModelGround
    const deaths = await diesAtEveryCall(plan, { times: 1, layGround, oncePerPoll })
    expect(deaths.broken).toEqual([])
    expect(deaths.histories).toBeGreaterThan(6)
  })

  it('ends as well whichever later call, of recovery too, is the last of another process', async () => {
    const deaths = await diesAtEveryCall(plan, { times: 2, layGround: layGroundForTwo, oncePerPoll: true })
    expect(deaths.broken).toEqual([])
  })
})

it('knows a scenario for every call that the server makes of its ports, lived in PostgreSQL', async () => {
  const plans = IN_POSTGRES.map((name) => SCENARIOS[name] as Plan)
  const lived = await Promise.all(plans.map((plan) => live(plan, layModelGround)))
  const called = new Set(lived.flatMap(({ calls }) => calls.map(({ name }) => name)))
  expect([...called].sort()).toEqual([
    'changes.waitFor',
    'journal.append',
    'journal.rewrite',
    'partner.register',
    'store.claim',
    'store.closeRegistration',
    'store.findByKey',
    'store.get',
    'store.insertIntent',
    'store.settle',
    'store.shortenWaits',
    'store.showsEarlierAccount',
    'store.takeDue',
    'store.write',
  ])
})
