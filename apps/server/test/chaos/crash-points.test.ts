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

/** Consecutive polls differ only in time. The long form kills a process at each of them too. */
const oncePerPoll = !chaosRun.isLong
/** Two crashes per simulation make thousands of simulations: minutes in PostgreSQL, seconds in memory. */
const backendsForTwo: CreateBackends = (options) =>
  (chaosRun.isLong ? createRealBackends : createModelBackends)(options)

/**
 * Together they make every call of a port. The quick form runs their crashes in PostgreSQL and the others in memory, at a
 * third of the cost; the store's contract test compares the two.
 */
const IN_POSTGRES: readonly string[] = [
  'a registration that succeeds',
  'a partner that is busy for longer than the caller waits',
  'a status request at another replica',
  'a success that arrives after the end of its lease',
  'a database outage longer than the lease when a rejection is to be saved',
  'a second key after a success, with a probe',
]

describe.each(Object.entries(SCENARIOS))('%s', (name, scenario) => {
  it('without a crash every invariant holds', async () => {
    expect((await simulate(scenario, createRealBackends)).broken).toEqual([])
  })

  it('every invariant holds after a crash before or after any call of a port', async () => {
    const createBackends = chaosRun.isLong || IN_POSTGRES.includes(name) ? createRealBackends : createModelBackends
    const crashes = await crashAtEveryCall(scenario, { times: 1, createBackends, oncePerPoll })
    expect(crashes.broken).toEqual([])
    expect(crashes.histories).toBeGreaterThan(6)
  })

  it('every invariant holds after a second crash at any later call, in recovery too', async () => {
    const crashes = await crashAtEveryCall(scenario, { times: 2, createBackends: backendsForTwo, oncePerPoll: true })
    expect(crashes.broken).toEqual([])
  })
})

it('the scenarios that run in PostgreSQL make every call that the server makes of its ports', async () => {
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
