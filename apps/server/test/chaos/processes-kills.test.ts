import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { type ChaosWorld, startChaosWorld } from './support/chaos-world.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { checkInvariants } from './support/invariants.ts'
import { misbehaveAtTimes } from './support/misbehave-at-times.ts'
import { untilQuiet } from './support/quiescence.ts'
import { seededDraw } from './support/seeded-draw.ts'
import { sendVisitors } from './support/visitors.ts'

const { seed } = chaosRun
const durationMs = loadMs({ quickMs: 8_000, share: 0.4 })
const atLeast = chaosRun.durationMs === undefined ? 300 : 5_000
const KILL_EVERY_MS = 2_500

/** Kills one replica after the other, never two at once, and starts it again. Resolves with how many died. */
async function killNowAndThen({ servers }: ChaosWorld, signal: AbortSignal): Promise<number> {
  const draw = seededDraw(seed)
  for (let kills = 0; ; kills++) {
    await pause(KILL_EVERY_MS * (0.5 + draw(`pause before kill ${kills}`)), undefined, { signal }).catch(
      () => undefined,
    )
    if (signal.aborted) return kills
    const server = servers[Math.floor(draw(`victim ${kills}`) * servers.length)]
    expect(await server?.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
    await server?.start()
  }
}

it('loses nobody and asks for nobody twice while replicas are killed under load', {
  timeout: durationMs + 120_000,
}, async () => {
  await using world = await startChaosWorld()
  await misbehaveAtTimes(world.partner, 0.3)
  const loadIsOver = new AbortController()
  const killing = killNowAndThen(world, loadIsOver.signal)
  const until = performance.now() + durationMs
  const visits = await sendVisitors({
    targets: world.servers,
    seed,
    atOnce: 40,
    goOn: (begun) => begun < atLeast || performance.now() < until,
    patienceMs: 60_000,
    requestMs: world.requestDeadlineMs + 5_000,
  })
  loadIsOver.abort()
  const kills = await killing
  await untilQuiet(world.database, 60_000)
  const evidence = await checkInvariants(world, visits)
  printFigures('replicas killed under load', seed, { kills, ...figuresOf(evidence) })
  expect(kills).toBeGreaterThan(0)
})
