import { afterAll, beforeAll, expect, it } from 'vitest'
import { chaosRun } from './support/chaos-run.ts'
import { type ChaosWorld, startChaosWorld } from './support/chaos-world.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { checkInvariants } from './support/invariants.ts'
import { type Visit, visit } from './support/visit.ts'

let world: ChaosWorld
beforeAll(async () => {
  // Long enough for a thousand to be answered by a busy machine.
  world = await startChaosWorld({ env: { REQUEST_DEADLINE_MS: '15000' } })
}, 60_000)
afterAll(() => world[Symbol.asyncDispose]())

/** So many pages at once, over both replicas and both doors. */
function visitAtOnce(
  count: number,
  page: { email: string; key: (index: number) => string; patienceMs: number },
): Promise<Visit[]> {
  const { servers, requestDeadlineMs } = world
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      visit({
        name: `page ${index}`,
        email: page.email,
        key: page.key(index),
        door: index % 4 < 2 ? 'rest' : 'trpc',
        target: (attempt) => servers[(index + attempt) % servers.length],
        patienceMs: page.patienceMs,
        requestMs: requestDeadlineMs + 5_000,
      }),
    ),
  )
}

it('makes one call of a thousand with one key at two replicas, and answers all of them alike', {
  timeout: 90_000,
}, async () => {
  const email = 'ann@chaos.example'
  await world.partner.misbehave(email, 'slow-answer', { delayMs: 500 })
  const visits = await visitAtOnce(1_000, { email, key: () => 'key of Ann', patienceMs: 60_000 })
  const answers = visits.map(({ last }) => ({ ...last.answer, replayed: 'whichever' }))
  expect(answers[0]).toMatchObject({ success: true, depositUrl: expect.stringMatching(/^https:/) })
  expect(answers).toEqual(answers.map(() => answers[0]))
  const evidence = await checkInvariants(world, visits)
  expect(evidence.calls.filter((call) => call.email === email)).toHaveLength(1)
  printFigures('a thousand calls with one key', chaosRun.seed, figuresOf(evidence))
})

it('opens one account for an e-mail under two hundred keys, and says the same to all others', {
  timeout: 90_000,
}, async () => {
  const email = 'bob@chaos.example'
  await world.partner.misbehave(email, 'slow-answer', { delayMs: 500 })
  const visits = await visitAtOnce(200, { email, key: (index) => `key ${index}`, patienceMs: 0 })
  const told = Map.groupBy(visits, ({ last }) => last.code)
  expect(told.get('SUCCEEDED')).toHaveLength(1)
  const others = [...(told.get('IN_PROGRESS') ?? []), ...(told.get('ALREADY_REGISTERED') ?? [])]
  expect(others).toHaveLength(199)
  // Once the first is done, the partner itself has the last word.
  const [late] = await visitAtOnce(1, { email, key: () => 'late key', patienceMs: 0 })
  expect(late?.last.code).toBe('ALREADY_REGISTERED')
  const evidence = await checkInvariants(world, [...visits, ...(late ? [late] : [])])
  expect(evidence.accounts.filter((account) => account.email === email)).toHaveLength(1)
  printFigures('two hundred keys for one e-mail', chaosRun.seed, figuresOf(evidence))
})
