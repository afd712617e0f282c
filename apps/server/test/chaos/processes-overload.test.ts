import { afterAll, beforeAll, expect, it } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { figuresOf, printFigures, times } from './support/figures.ts'
import { type HeldPartner, startHeldPartner } from './support/held-partner.ts'
import { checkInvariants } from './support/invariants.ts'
import { startTestCluster, type TestCluster } from './support/test-cluster.ts'
import { type Visit, visit } from './support/visit.ts'

const IN_FLIGHT = 10
/** In addition to those in progress: five times the capacity in all. */
const CROWD = 4 * IN_FLIGHT
const WAVES = 10

let partner: HeldPartner
let cluster: TestCluster
beforeAll(async () => {
  partner = await startHeldPartner()
  cluster = await startTestCluster({ replicas: 1, partner, env: { MAX_IN_FLIGHT: `${IN_FLIGHT}` } })
})
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await partner?.[Symbol.asyncDispose]()
})

/** Sends this many requests at once, without repetition. */
function visitAtOnce(count: number, name: string): Promise<Visit>[] {
  return Array.from({ length: count }, (_, index) =>
    visit({
      name: `${name}-${index}`,
      email: `${name}-${index}@chaos.example`,
      key: `key of ${name}-${index}`,
      transport: 'rest',
      target: () => cluster.servers[0],
      patienceMs: 0,
    }),
  )
}

it('requests beyond MAX_IN_FLIGHT get OVERLOADED before an intent is written, and memory stays bounded', async () => {
  const accepted: Visit[] = []
  const refused: Visit[] = []
  const bytesBefore = cluster.servers[0]?.residentBytes() ?? 0
  const until = performance.now() + loadMs({ quickMs: 0, share: 0.05 })
  for (let wave = 0; wave < WAVES || performance.now() < until; wave++) {
    partner.hold()
    const taken = visitAtOnce(IN_FLIGHT, `taken-${wave}`)
    await partner.until(({ calls }) => calls.length === accepted.length + IN_FLIGHT)
    // Refused while the others are still in progress: no request waits before it is refused.
    refused.push(...(await Promise.all(visitAtOnce(CROWD, `crowd-${wave}`))))
    partner.release()
    accepted.push(...(await Promise.all(taken)))
  }
  const bytesAfter = cluster.servers[0]?.residentBytes() ?? 0

  expect(accepted.map(({ last }) => last.code)).toEqual(accepted.map(() => 'SUCCEEDED'))
  expect(refused.map(({ last }) => [last.code, last.retryAfter])).toEqual(refused.map(() => ['OVERLOADED', '1']))
  const evidence = await checkInvariants(cluster, [...accepted, ...refused])
  expect(evidence.rows).toHaveLength(accepted.length)
  const grownMiB = (bytesAfter - bytesBefore) / 2 ** 20
  printFigures('load at five times capacity', chaosRun.seed, {
    refused: times(refused.map(({ last }) => last.tookMs)),
    memory: `${(bytesBefore / 2 ** 20).toFixed(0)} MiB before, ${(bytesAfter / 2 ** 20).toFixed(0)} MiB after`,
    ...figuresOf(evidence),
  })
  expect(grownMiB).toBeLessThan(200)
})
