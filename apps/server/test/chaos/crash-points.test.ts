import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { diesAtEveryCall } from './crash-points/dies-at-every-call.ts'
import { realGround } from './crash-points/real-ground.ts'
import { SCENARIOS } from './crash-points/scenarios.ts'
import { live } from './model/live.ts'
import { openTimedStore, type TimedStore } from './model/open-timed-store.ts'
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
const timeout = chaosRun.isLong ? 3_600_000 : 60_000

describe.each(Object.entries(SCENARIOS))('%s', (_, plan) => {
  it('ends well', async () => {
    expect((await live(plan, layRealGround)).broken).toEqual([])
  })

  it('ends as well whichever call a process dies before or after', { timeout }, async () => {
    const deaths = await diesAtEveryCall(plan, { times: 1, layGround: layRealGround, oncePerPoll })
    expect(deaths.broken).toEqual([])
    expect(deaths.histories).toBeGreaterThan(6)
  })

  it('ends as well whichever later call, of recovery too, is the last of another process', { timeout }, async () => {
    const deaths = await diesAtEveryCall(plan, { times: 2, layGround: layGroundForTwo, oncePerPoll: true })
    expect(deaths.broken).toEqual([])
  })
})

it('knows a scenario for every call that the server makes of its ports', async () => {
  const lived = await Promise.all(Object.values(SCENARIOS).map((plan) => live(plan, layModelGround)))
  const called = new Set(lived.flatMap(({ calls }) => calls.map(({ name }) => name)))
  expect([...called].sort()).toEqual([
    'journal.append',
    'journal.rewrite',
    'partner.register',
    'store.begin',
    'store.claim',
    'store.conclude',
    'store.findByKey',
    'store.findDue',
    'store.get',
    'store.settle',
    'store.showsEarlierAccount',
    'watch.change',
  ])
})
