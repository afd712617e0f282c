import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { type ChaosWorld, startChaosWorld } from './support/chaos-world.ts'
import { figuresOf, percentile, printFigures, times } from './support/figures.ts'
import { checkInvariants } from './support/invariants.ts'
import { type Visit, visit } from './support/visit.ts'

const IN_FLIGHT = 10
const PARTNER_MS = 250
const CAPACITY_PER_SECOND = (IN_FLIGHT * 1_000) / PARTNER_MS

/** One request that is not repeated. */
function visitOnce(world: ChaosWorld, name: string): Promise<Visit> {
  return visit({
    name,
    email: `${name}@chaos.example`,
    key: `key of ${name}`,
    door: 'rest',
    target: () => world.servers[0],
    patienceMs: 0,
    requestMs: world.requestDeadlineMs + 5_000,
  })
}

/** Visitors come at this rate, whether or not those before them have their answers. */
async function comeAtRate(world: ChaosWorld, perSecond: number, forMs: number): Promise<Visit[]> {
  const visits: Promise<Visit>[] = []
  const startedAt = performance.now()
  for (let passedMs = 0; passedMs < forMs; passedMs = performance.now() - startedAt) {
    while (visits.length < (passedMs / 1_000) * perSecond) visits.push(visitOnce(world, `crowd-${visits.length}`))
    await pause(5)
  }
  return Promise.all(visits)
}

function startSmallWorld(partnerMs: number): Promise<ChaosWorld> {
  return startChaosWorld({
    replicas: 1,
    env: { MAX_IN_FLIGHT: `${IN_FLIGHT}`, PARTNER_TIMEOUT_MS: `${20 * partnerMs}`, REQUEST_DEADLINE_MS: '15000' },
  })
}

it('takes MAX_IN_FLIGHT at once, and refuses the next one before an intent is written', {
  timeout: 60_000,
}, async () => {
  await using world = await startSmallWorld(1_500)
  await world.partner.misbehave('*', 'slow-answer', { delayMs: 1_500 })
  const taken = Array.from({ length: IN_FLIGHT }, (_, index) => visitOnce(world, `taken-${index}`))
  await world.partner.until(({ calls }) => calls.length === IN_FLIGHT)
  const refused = await visitOnce(world, 'refused')
  expect(refused.last).toMatchObject({ code: 'OVERLOADED', retryAfter: '1' })
  const visits = await Promise.all(taken)
  expect(visits.map(({ last }) => last.code)).toEqual(Array(IN_FLIGHT).fill('SUCCEEDED'))
  const { rows } = await checkInvariants(world, [...visits, refused])
  expect(rows.map(({ email }) => email)).not.toContain(refused.email)
})

it('keeps its speed and its memory at five times its capacity', { timeout: 900_000 }, async () => {
  await using world = await startSmallWorld(PARTNER_MS)
  await world.partner.misbehave('*', 'slow-answer', { delayMs: PARTNER_MS })
  const calm: Visit[] = []
  for (let index = 0; index < 8; index++) calm.push(await visitOnce(world, `calm-${index}`))
  const bytesBefore = world.servers[0]?.residentBytes() ?? 0
  const forMs = loadMs({ quickMs: 3_000, share: 0.05 })
  const crowd = await comeAtRate(world, 5 * CAPACITY_PER_SECOND, forMs)
  const bytesAfter = world.servers[0]?.residentBytes() ?? 0

  expect(calm.map(({ last }) => last.code)).toEqual(calm.map(() => 'SUCCEEDED'))
  const { SUCCEEDED: accepted = [], OVERLOADED: refused = [], ...rest } = Object.groupBy(crowd, ({ last }) => last.code)
  expect(rest).toEqual({})
  expect(refused.length).toBeGreaterThan(accepted.length)
  expect(refused.filter(({ last }) => last.retryAfter !== '1')).toEqual([])
  const evidence = await checkInvariants(world, [...calm, ...crowd])
  expect(evidence.rows).toHaveLength(calm.length + accepted.length)

  const ratio = median(accepted) / median(calm)
  const grownMiB = (bytesAfter - bytesBefore) / 2 ** 20
  printFigures('load at five times capacity', chaosRun.seed, {
    'accepted without load': times(tookMs(calm)),
    'accepted under load': times(tookMs(accepted)),
    'medians, under load to without': ratio.toFixed(2),
    refused: times(tookMs(refused)),
    memory: `${(bytesBefore / 2 ** 20).toFixed(0)} MiB before, ${(bytesAfter / 2 ** 20).toFixed(0)} MiB after`,
    ...figuresOf(evidence),
  })
  // On a busy machine, whatever is sent waits its turn. Nobody is refused only after waiting for anything else, ...
  expect(median(refused)).toBeLessThan(median(accepted))
  // ... and what it takes longer to be accepted is about what it takes without load.
  expect(median(accepted) - median(refused)).toBeLessThan(5 * median(calm))
  expect(grownMiB).toBeLessThan(200)
})

function tookMs(visits: readonly Visit[]): number[] {
  return visits.map(({ last }) => last.tookMs)
}

function median(visits: readonly Visit[]): number {
  return percentile(tookMs(visits), 0.5)
}
