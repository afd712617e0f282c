import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { type FleetWorld, startFleetWorld } from './support/fleet-world.ts'
import { checkInvariants } from './support/invariants.ts'
import { type LeftBehind, leaveBehind } from './support/leave-behind.ts'
import { misbehaveAtTimes } from './support/misbehave-at-times.ts'
import { nowAndThen } from './support/now-and-then.ts'
import { untilJournalIsEmpty } from './support/outage-journal-file.ts'
import { untilQuiet } from './support/quiescence.ts'
import { seededDraw } from './support/seeded-draw.ts'
import { sendVisitorsDuring } from './support/send-visitors-during.ts'
import type { ServerProcess } from './support/server-process.ts'
import { HANGS_MS, type Visit, visit } from './support/visit.ts'

const { seed, isLong } = chaosRun
const durationMs = loadMs({ quickMs: 0, share: 0.2 })
const atLeast = isLong ? 2_000 : 120

type Harm = 'added' | 'killed' | 'replaced' | 'frozen'
/** Leases that run out while their process is frozen take too long for the quick form, in which each is done once. */
const HARMS: readonly Harm[] = ['added', 'killed', 'replaced', ...(isLong ? (['frozen'] as const) : [])]

describe('three replicas on one database behind a load balancer', () => {
  let world: FleetWorld
  const visits: Visit[] = []
  beforeAll(async () => {
    world = await startFleetWorld()
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('open one account for a key that comes to all of them at once, and answer alike', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `everywhere-${index}`)
    const pages = names.flatMap((name) =>
      world.servers.map((server, index) =>
        visit({
          name,
          email: `${name}@chaos.example`,
          key: `key of ${name}`,
          door: index % 2 === 0 ? 'rest' : 'trpc',
          target: () => server,
          patienceMs: HANGS_MS,
        }),
      ),
    )
    visits.push(...(await Promise.all(pages)))
    expect(visits.filter(({ last }) => !last.answer?.success)).toEqual([])
    const { accounts } = await checkInvariants(world, visits)
    expect(accounts).toHaveLength(names.length)
  })

  it('keep every promise while they are killed, replaced and joined by another one under load', async () => {
    // Here those whom a killed replica leaves behind are enough.
    if (isLong) await misbehaveAtTimes(world.partner, 0.1)
    const leaseMs = 2.25 * world.partnerTimeoutMs
    const left: LeftBehind[] = []
    const harms: Record<Harm, (server: ServerProcess) => Promise<unknown>> = {
      added: () => world.addReplica(),
      async killed(server) {
        left.push(await leaveBehind(world, server, `left-${left.length}`))
        await server.end('SIGKILL')
        await server.start()
      },
      async replaced(server) {
        expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
        await server.start()
      },
      async frozen(server) {
        server.signal('SIGSTOP')
        await pause(1.2 * leaseMs)
        server.signal('SIGCONT')
      },
    }
    const done: Record<Harm, number> = { added: 0, killed: 0, replaced: 0, frozen: 0 }
    const draw = seededDraw(seed)
    const order = HARMS.toSorted((a, b) => draw(a) - draw(b))
    let times = 0
    const harm = nowAndThen({ servers: world.servers, everyMs: isLong ? 2_000 : 400, seed }, async (server) => {
      const what = order[times++ % order.length]
      if (!what || (done[what] > 0 && (what === 'added' || !isLong))) return
      await harms[what](server)
      done[what] += 1
    })
    const isEnough = () => HARMS.every((what) => done[what] > 0) && world.servers.every(hasServed)
    const { visits: made } = await sendVisitorsDuring(harm, world, {
      seed,
      durationMs,
      atLeast,
      targets: [world.balancer],
      atOnce: isLong ? 20 : 10,
      pauseMs: 200,
      goOn: () => !isEnough(),
    })
    visits.push(...made, ...(await Promise.all(left.map((those) => those.visits))).flat())
    await untilQuiet(world.database)
    for (const server of world.servers) await untilJournalIsEmpty(server)

    const evidence = await checkInvariants(world, visits, { frozen: isLong })
    const emails = new Set(left.flatMap((those) => those.emails))
    const rows = evidence.rows.filter(({ email }) => emails.has(email))
    printFigures(`a fleet behind a load balancer, which is ${world.balancer.kind}`, seed, {
      ...done,
      'left behind by who was killed': rows.length,
      'claims to recover them': rows.reduce((sum, { attempts }) => sum + attempts - 1, 0),
      ...figuresOf(evidence),
    })
    expect(rows.map(({ status }) => status)).toEqual([...emails].map(() => 'succeeded_without_link'))
  })
})

/** Whether the load balancer has sent it a visitor since it started. */
function hasServed({ log }: ServerProcess): boolean {
  const ready = log.findLastIndex(({ msg }) => msg === 'ready')
  return log.slice(ready).some((line) => line['by'] === 'request')
}
