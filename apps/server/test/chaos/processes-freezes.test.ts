import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { type ChaosWorld, startChaosWorld } from './support/chaos-world.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { checkInvariants } from './support/invariants.ts'
import { misbehaveAtTimes } from './support/misbehave-at-times.ts'
import { nowAndThen } from './support/now-and-then.ts'
import { untilQuiet } from './support/quiescence.ts'
import { sendVisitorsDuring } from './support/send-visitors-during.ts'
import type { ServerProcess } from './support/server-process.ts'
import { openTcpProxy } from './support/tcp-proxy.ts'
import { type Visit, visit } from './support/visit.ts'

const { seed, isLong } = chaosRun
const email = 'ann@chaos.example'

/** Ann's page, which knows this one replica. */
function visitAt(target: ServerProcess | undefined, { requestDeadlineMs }: ChaosWorld): Promise<Visit> {
  const requestMs = requestDeadlineMs + 5_000
  const key = 'key of Ann'
  return visit({ name: 'Ann', email, key, door: 'rest', target: () => target, patienceMs: 30_000, requestMs })
}

it('never sends a call whose lease ran out while its process was frozen', { timeout: 60_000 }, async () => {
  const databaseUrl = await freshDatabase()
  await using proxy = await openTcpProxy(databaseUrl)
  await using world = await startChaosWorld({ databaseUrl, env: { DATABASE_URL: proxy.url } })
  const [frozen, other] = world.servers
  const inserting = (sent: string) => sent.includes('insert-intents')
  const heldUp = proxy.strike({ at: inserting, lose: 'answer', by: 'silence' })
  const first = visitAt(frozen, world)
  await heldUp
  await vi.waitFor(async () => {
    const { rows } = await world.database.query('select asking from registrations')
    expect(rows).toEqual([{ asking: true }])
  })
  // The claim is on file, and its process will only hear of it when it goes on.
  frozen?.signal('SIGSTOP')
  await proxy.heal({ late: true })

  const second = await visitAt(other, world)
  expect(second.last).toMatchObject({ code: 'SUCCEEDED' })
  frozen?.signal('SIGCONT')
  expect((await first).last.answer).toMatchObject({ depositUrl: linkOf(second) })
  const { calls } = await checkInvariants(world, [await first, second])
  expect(calls).toHaveLength(1)
})

it('saves the link that a frozen process reads only after its lease', { timeout: 60_000 }, async () => {
  await using world = await startChaosWorld()
  const [frozen, other] = world.servers
  await world.partner.misbehave(email, 'slow-answer', { times: 1, delayMs: 500 })
  const first = visitAt(frozen, world)
  await world.partner.until(({ calls }) => calls.length === 1)
  frozen?.signal('SIGSTOP')
  await world.partner.until(({ calls }) => calls[0]?.endedAt != null)

  // Somebody else took over, and heard that the e-mail is registered already.
  const second = await visitAt(other, world)
  expect(second.last).toMatchObject({ code: 'LINK_UNAVAILABLE' })
  frozen?.signal('SIGCONT')
  expect((await first).last).toMatchObject({ code: 'SUCCEEDED' })
  const third = await visitAt(other, world)
  expect(third.last.answer).toMatchObject({ depositUrl: linkOf(await first), replayed: true })
  await checkInvariants(world, [await first, second, third])
})

it.runIf(isLong)(
  'asks for nobody twice while replicas are frozen past their leases under load',
  { timeout: 900_000 },
  async () => {
    await using world = await startChaosWorld()
    await misbehaveAtTimes(world.partner, 0.3)
    const leaseMs = 2.25 * world.partnerTimeoutMs
    const freeze = nowAndThen({ servers: world.servers, everyMs: 2_000, seed }, async (server) => {
      server.signal('SIGSTOP')
      await pause(1.5 * leaseMs)
      server.signal('SIGCONT')
    })
    const load = { seed, durationMs: loadMs({ quickMs: 0, share: 0.1 }), atLeast: 1_000 }
    const { visits, harmed: freezes } = await sendVisitorsDuring(freeze, world, load)
    await untilQuiet(world.database, 60_000)
    const evidence = await checkInvariants(world, visits, { frozen: true, marginMs: 3_000 + 1.5 * leaseMs })
    printFigures('replicas frozen under load', seed, { freezes, ...figuresOf(evidence) })
    expect(freezes).toBeGreaterThan(0)
  },
)

function linkOf({ last: { answer } }: Visit): string {
  if (!answer?.success || answer.depositUrl === null) throw new Error(`There is no link: ${JSON.stringify(answer)}`)
  return answer.depositUrl
}
