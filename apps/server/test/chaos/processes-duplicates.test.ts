import { expect, it } from 'vitest'
import { chaosRun } from './support/chaos-run.ts'
import { type ChaosWorld, startChaosWorld } from './support/chaos-world.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { checkInvariants } from './support/invariants.ts'
import { type Visit, visit } from './support/visit.ts'

const email = 'ann@chaos.example'

/** So many pages at once, over both replicas and both doors. */
function visitAtOnce(
  world: ChaosWorld,
  count: number,
  page: { key: (index: number) => string; patienceMs: number },
): Promise<Visit[]> {
  const { servers, requestDeadlineMs } = world
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      visit({
        name: `Ann ${index}`,
        email,
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
  await using world = await startChaosWorld({ env: { REQUEST_DEADLINE_MS: '15000' } })
  await world.partner.misbehave(email, 'slow-answer', { delayMs: 500 })
  const visits = await visitAtOnce(world, 1_000, { key: () => 'key of Ann', patienceMs: 60_000 })
  const answers = visits.map(({ last }) => ({ ...last.answer, replayed: 'whichever' }))
  expect(answers[0]).toMatchObject({ success: true, depositUrl: expect.stringMatching(/^https:/) })
  expect(answers).toEqual(answers.map(() => answers[0]))
  const evidence = await checkInvariants(world, visits)
  expect(evidence.calls).toHaveLength(1)
  printFigures('a thousand calls with one key', chaosRun.seed, figuresOf(evidence))
})

it('opens one account for an e-mail under two hundred keys, and says the same to all others', {
  timeout: 90_000,
}, async () => {
  await using world = await startChaosWorld()
  await world.partner.misbehave(email, 'slow-answer', { delayMs: 500 })
  const visits = await visitAtOnce(world, 200, { key: (index) => `key ${index}`, patienceMs: 0 })
  const told = Map.groupBy(visits, ({ last }) => last.code)
  expect(told.get('SUCCEEDED')).toHaveLength(1)
  const others = [...(told.get('IN_PROGRESS') ?? []), ...(told.get('ALREADY_REGISTERED') ?? [])]
  expect(others).toHaveLength(199)
  // Once the first is done, the partner itself has the last word.
  const [late] = await visitAtOnce(world, 1, { key: () => 'late key', patienceMs: 0 })
  expect(late?.last.code).toBe('ALREADY_REGISTERED')
  const evidence = await checkInvariants(world, [...visits, ...(late ? [late] : [])])
  expect(evidence.accounts).toHaveLength(1)
  printFigures('two hundred keys for one e-mail', chaosRun.seed, figuresOf(evidence))
})
