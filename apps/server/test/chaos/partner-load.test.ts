import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { checkInvariants } from './support/invariants.ts'
import { nowAndThen } from './support/now-and-then.ts'
import { startPartnerOutageWorld } from './support/partner-outage-world.ts'
import { untilQuiet } from './support/quiescence.ts'
import { seededDraw } from './support/seeded-draw.ts'
import { sendVisitorsDuring } from './support/send-visitors-during.ts'
import type { TcpProxy } from './support/tcp-proxy.ts'

const { seed, isLong } = chaosRun
const durationMs = loadMs({ quickMs: 4_000, share: 0.1 })
const LONGEST_ABSENCE_MS = 2_000

/** None that hangs: on a connection that fell silent, the partner would never learn that its caller has left. */
const ACCIDENTS = [
  'server-error-500-after-creating',
  'server-error-502',
  'reset-after-creating',
  'truncated-json',
] as const
/** How a partner goes away. */
const HARMS: ((way: TcpProxy) => void | Promise<void>)[] = [
  (way) => way.shut(),
  (way) => way.goDark(),
  (way) => way.cut(),
]

it('loses nobody and asks for nobody twice at once while the partner goes away and comes back under load', {
  timeout: 2 * durationMs + 180_000,
}, async () => {
  await using world = await startPartnerOutageWorld()
  for (const accident of ACCIDENTS) await world.partner.misbehave('*', accident, { share: 0.03 })
  const draw = seededDraw(seed)
  let absences = 0
  const calmFrom = performance.now() + durationMs
  const goAway = nowAndThen({ servers: world.servers, everyMs: 1_500, seed }, async () => {
    if (performance.now() > calmFrom) return
    await HARMS[absences % HARMS.length]?.(world.way)
    await pause(LONGEST_ABSENCE_MS * draw(`absence ${absences}`))
    await world.way.heal()
    absences++
  })
  const load = { seed, durationMs, atLeast: isLong ? 2_000 : 100, patienceMs: isLong ? 60_000 : 8_000 }
  const { visits } = await sendVisitorsDuring(goAway, world, load)
  await untilQuiet(world.database, 120_000)
  const evidence = await checkInvariants(world, visits)
  printFigures('partner away under load', seed, { absences, ...figuresOf(evidence) })
  expect(absences).toBeGreaterThan(1)
})
