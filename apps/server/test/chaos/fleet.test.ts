import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { type FleetWorld, startFleetWorld } from './support/fleet-world.ts'
import { checkInvariants } from './support/invariants.ts'
import { misbehaveAtTimes } from './support/misbehave-at-times.ts'
import { nowAndThen } from './support/now-and-then.ts'
import { untilJournalIsEmpty } from './support/outage-journal-file.ts'
import { untilQuiet } from './support/quiescence.ts'
import { seededDraw } from './support/seeded-draw.ts'
import { sendVisitorsDuring } from './support/send-visitors-during.ts'
import type { ServerProcess } from './support/server-process.ts'
import { type Visit, visit } from './support/visit.ts'
import { sendVisitors } from './support/visitors.ts'

const { seed, isLong } = chaosRun
const durationMs = loadMs({ quickMs: 5_000, share: 0.2 })

describe('three replicas on one database behind a load balancer', () => {
  let world: FleetWorld
  const visits: Visit[] = []
  beforeAll(async () => {
    world = await startFleetWorld()
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('make one call for a key that comes to all of them at once', { timeout: 60_000 }, async () => {
    const requestMs = world.requestDeadlineMs + 5_000
    const keys = Array.from({ length: 40 }, (_, index) => `everywhere-${index}`)
    const pages = keys.flatMap((name) =>
      world.servers.map((server, index) => {
        const door = index % 2 === 0 ? ('rest' as const) : ('trpc' as const)
        const email = `${name}@chaos.example`
        return visit({ name, email, key: name, door, target: () => server, patienceMs: 30_000, requestMs })
      }),
    )
    const made = await Promise.all(pages)
    visits.push(...made)
    const told = Map.groupBy(made, ({ key }) => key)
    for (const those of told.values()) {
      const [first, ...others] = those.map(({ last: { answer } }) => ({ ...answer, replayed: 'whichever' }))
      expect(first).toMatchObject({ success: true, depositUrl: expect.stringMatching(/^https:/) })
      expect(others).toEqual([first, first])
    }
    expect((await world.partner.ledger()).calls).toHaveLength(keys.length)
  })

  it('are replaced one after the other under load, and no visitor notices', { timeout: 120_000 }, async () => {
    const until = performance.now() + loadMs({ quickMs: 0, share: 0.05 })
    let replaced = 0
    let isDone = false
    const load = sendVisitors({
      name: 'undisturbed',
      targets: [world.balancer],
      seed,
      atOnce: 10,
      pauseMs: 200,
      goOn: () => !isDone,
      patienceMs: 0,
      requestMs: world.requestDeadlineMs + 5_000,
      plain: true,
    })
    try {
      do {
        for (const server of world.servers) {
          expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
          await server.start()
          await untilServing(server)
          replaced += 1
        }
      } while (performance.now() < until)
    } finally {
      isDone = true
    }
    const made = await load
    visits.push(...made)
    expect(made.flatMap(({ replies }) => replies).filter(({ code }) => code !== 'SUCCEEDED')).toEqual([])
    printFigures(`replicas replaced behind a load balancer (${world.balancer.kind})`, seed, {
      replaced,
      registrations: made.length,
    })
  })

  it('recover what a killed one left behind, once', { timeout: 60_000 }, async () => {
    const [victim] = world.servers
    const requestMs = world.requestDeadlineMs
    await world.partner.misbehave('*', 'slow-answer', { times: 30, delayMs: 0.8 * world.partnerTimeoutMs })
    const left = Array.from({ length: 30 }, (_, index) => `left-${index}`)
    const page = (name: string) =>
      visit({
        name,
        email: `${name}@chaos.example`,
        key: name,
        door: 'rest',
        target: () => victim,
        patienceMs: 0,
        requestMs,
      })
    const leaving = left.map(page)
    const ofLeft = ({ email }: { email: string }) => email.startsWith('left-')
    await world.partner.until(({ calls }) => calls.filter(ofLeft).length === left.length)
    await victim?.end('SIGKILL')
    visits.push(...(await Promise.all(leaving)))
    await untilQuiet(world.database, 30_000)
    await victim?.start()

    const { calls } = await world.partner.ledger()
    expect(calls.filter(ofLeft)).toHaveLength(2 * left.length)
    const { rows } = await world.database.query(`select status from registrations where email like 'left-%'`)
    expect(rows).toEqual(left.map(() => ({ status: 'succeeded_without_link' })))
  })

  it('keep every promise while they are killed, stopped, frozen and joined by another one under load', {
    timeout: 2 * durationMs + 180_000,
  }, async () => {
    await misbehaveAtTimes(world.partner, 0.1)
    const leaseMs = 2.25 * world.partnerTimeoutMs
    const done: Record<string, number> = { killed: 0, stopped: 0, frozen: 0, added: 0 }
    const harms: Record<string, (server: ServerProcess) => Promise<unknown>> = {
      async killed(server) {
        await server.end('SIGKILL')
        await server.start()
      },
      async stopped(server) {
        expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
        await server.start()
      },
      async frozen(server) {
        server.signal('SIGSTOP')
        await pause(1.2 * leaseMs)
        server.signal('SIGCONT')
      },
    }
    const draw = seededDraw(seed)
    const order = Object.keys(harms).toSorted((a, b) => draw(a) - draw(b))
    let times = 0
    const harm = nowAndThen({ servers: world.servers, everyMs: isLong ? 2_000 : 600, seed }, async (server) => {
      if (times === 1) {
        await untilServing(await world.addReplica())
        done['added'] = 1
      }
      const what = `${order[times++ % order.length]}`
      await harms[what]?.(server)
      done[what] = (done[what] ?? 0) + 1
    })
    const enough = isLong ? 2_000 : 300
    const until = performance.now() + durationMs
    const { visits: made } = await sendVisitorsDuring(harm, world, {
      seed,
      durationMs,
      atLeast: enough,
      targets: [world.balancer],
      pauseMs: 500,
      // Until each kind of harm was done.
      goOn: (begun) => begun < enough || Object.values(done).includes(0) || performance.now() < until,
    })
    visits.push(...made)
    await untilQuiet(world.database, 60_000)
    for (const server of world.servers) await untilJournalIsEmpty(server, 10_000)
    const evidence = await checkInvariants(world, visits, { frozen: true, marginMs: 3_000 + 1.2 * leaseMs })
    printFigures(`a fleet behind a load balancer (${world.balancer.kind})`, seed, { ...done, ...figuresOf(evidence) })
    expect(Object.entries(done).filter(([, count]) => count === 0)).toEqual([])
  })
})

/** Resolves when the load balancer has sent it a visitor. */
async function untilServing({ log }: ServerProcess): Promise<void> {
  const started = log.findLastIndex(({ msg }) => msg === 'ready')
  const hasAnswered = () => log.slice(started).some((line) => 'registrationId' in line)
  await vi.waitFor(() => expect(hasAnswered(), 'a visitor has come').toBe(true), { interval: 20, timeout: 20_000 })
}
