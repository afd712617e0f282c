import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { crashAtEveryCall } from './crash-points/crash-at-every-call.ts'
import { realBackends } from './crash-points/real-backends.ts'
import { SCENARIOS } from './crash-points/scenarios.ts'
import { openTimedStore, type TimedStore } from './model/open-timed-store.ts'
import type { Scenario } from './model/scenario.ts'
import { simulate } from './model/simulate.ts'
import type { CreateBackends } from './model/simulation-context.ts'
import { createModelBackends } from './simulation/model-backends.ts'
import { chaosRun } from './support/chaos-run.ts'

let timed: TimedStore
let createRealBackends: CreateBackends
const folder = temporaryFolder()
beforeAll(async () => {
  timed = await openTimedStore()
  createRealBackends = realBackends(timed, folder.path)
})
afterAll(async () => {
  await timed[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

/** Polls that follow each other differ in nothing but the time. The long form has one process die at each of them too. */
const oncePerPoll = !chaosRun.isLong
/** Two crashes in one history are thousands of histories: minutes in PostgreSQL, and seconds in memory. */
const backendsForTwo: CreateBackends = (options) =>
  (chaosRun.isLong ? createRealBackends : createModelBackends)(options)

/**
 * These make every call of a port between them. The quick form lives their crashes in PostgreSQL and the others' in memory, at a
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

describe.each(Object.entries(SCENARIOS))('%s', (name, scenario) => {
  it('ends well', async () => {
    expect((await simulate(scenario, createRealBackends)).broken).toEqual([])
  })

  it('ends as well whichever call a process dies before or after', async () => {
    const createBackends = chaosRun.isLong || IN_POSTGRES.includes(name) ? createRealBackends : createModelBackends
    const crashes = await crashAtEveryCall(scenario, { times: 1, createBackends, oncePerPoll })
    expect(crashes.broken).toEqual([])
    expect(crashes.histories).toBeGreaterThan(6)
  })

  it('ends as well whichever later call, of recovery too, is the last of another process', async () => {
    const crashes = await crashAtEveryCall(scenario, { times: 2, createBackends: backendsForTwo, oncePerPoll: true })
    expect(crashes.broken).toEqual([])
  })
})

it('knows a scenario for every call that the server makes of its ports, results in PostgreSQL', async () => {
  const scenarios = IN_POSTGRES.map((name) => SCENARIOS[name] as Scenario)
  const results = await Promise.all(scenarios.map((scenario) => simulate(scenario, createModelBackends)))
  const called = new Set(results.flatMap(({ calls }) => calls.map(({ name }) => name)))
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
