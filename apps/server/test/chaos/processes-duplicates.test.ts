import { eventually } from '@registration/test-harness'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { OPERATOR, WITH_OPERATOR } from '../operator/operator-client.ts'
import { chaosRun } from './support/chaos-run.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { type HeldPartner, startHeldPartner } from './support/held-partner.ts'
import { checkInvariants } from './support/invariants.ts'
import { startTestCluster, type TestCluster } from './support/test-cluster.ts'
import { HUNG_AFTER_MS, type Visit, visit } from './support/visit.ts'

let partner: HeldPartner
let cluster: TestCluster
beforeAll(async () => {
  partner = await startHeldPartner()
  cluster = await startTestCluster({ partner, env: WITH_OPERATOR })
})
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await partner?.[Symbol.asyncDispose]()
})

/** Makes this many visits at once, over both replicas and both transports. */
function visitAtOnce(
  count: number,
  page: { email: string; key: (index: number) => string; patienceMs: number },
): Promise<Visit>[] {
  const { servers } = cluster
  return Array.from({ length: count }, (_, index) =>
    visit({
      name: `page ${index}`,
      email: page.email,
      key: page.key(index),
      transport: index % 4 < 2 ? 'rest' : 'trpc',
      target: (attempt) => servers[(index + attempt) % servers.length],
      patienceMs: page.patienceMs,
    }),
  )
}

/** The number of requests in progress at both replicas. */
async function requestsInFlight(): Promise<number> {
  const headers = { authorization: `Bearer ${OPERATOR.key}` }
  const metrics = await Promise.all(
    cluster.servers.map(async ({ url }) => (await fetch(`${url}/metrics`, { headers })).text()),
  )
  const counts = metrics.map((text) => Number(/^registration_requests_in_flight (\d+)$/m.exec(text)?.[1]))
  return counts.reduce((sum, count) => sum + count)
}

it('a thousand requests with one key at two replicas lead to one call and the same response', async () => {
  const email = 'ann@chaos.example'
  partner.hold()
  const visiting = visitAtOnce(1_000, { email, key: () => 'idempotency key of Ann', patienceMs: HUNG_AFTER_MS })
  await eventually(async () => expect(await requestsInFlight()).toBe(1_000))
  partner.release()
  const visits = await Promise.all(visiting)
  const answers = visits.map(({ last }) => ({ ...last.answer, replayed: 'whichever' }))
  expect(answers[0]).toMatchObject({ success: true, depositUrl: expect.stringMatching(/^https:/) })
  expect(answers).toEqual(answers.map(() => answers[0]))
  const evidence = await checkInvariants(cluster, visits)
  expect(evidence.calls.filter((call) => call.email === email)).toHaveLength(1)
  printFigures('a thousand calls with one key', chaosRun.seed, figuresOf(evidence))
})

it('two hundred keys for one e-mail lead to one account, and all other requests get IN_PROGRESS', async () => {
  const email = 'bob@chaos.example'
  partner.hold()
  let ended = 0
  const visiting = visitAtOnce(200, { email, key: (index) => `idempotency key ${index}`, patienceMs: 0 })
  for (const one of visiting) void one.then(() => ended++)
  // All except the one whose call to the partner is held.
  await expect.poll(() => ended).toBe(199)
  partner.release()
  const visits = await Promise.all(visiting)
  const told = Map.groupBy(visits, ({ last }) => last.code)
  expect(told.get('SUCCEEDED')).toHaveLength(1)
  expect(told.get('IN_PROGRESS')).toHaveLength(199)
  // After the first has finished, the partner decides.
  const late = await Promise.all(visitAtOnce(1, { email, key: () => 'late idempotency key', patienceMs: 0 }))
  expect(late[0]?.last.code).toBe('ALREADY_REGISTERED')
  const evidence = await checkInvariants(cluster, [...visits, ...late])
  expect(evidence.accounts.filter((account) => account.email === email)).toHaveLength(1)
  printFigures('two hundred keys for one e-mail', chaosRun.seed, figuresOf(evidence))
})
