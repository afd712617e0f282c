import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { disruptPeriodically } from './support/disrupt-periodically.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { checkInvariants } from './support/invariants.ts'
import { startPartnerOutageCluster } from './support/partner-outage-cluster.ts'
import { seededDraw } from './support/seeded-draw.ts'
import { sendVisitorsDuring } from './support/send-visitors-during.ts'
import type { TcpProxy } from './support/tcp-proxy.ts'
import { SHORT_LIMITS } from './support/test-cluster.ts'
import { untilAllFinished } from './support/until-all-finished.ts'

const { seed, isLong } = chaosRun
const durationMs = loadMs({ quickMs: 0, share: 0.1 })
const LONGEST_ABSENCE_MS = isLong ? 2_000 : 1_500

/** None that hangs: on a connection that fell silent, the partner would never learn that its caller has left. */
const ACCIDENTS = [
  'server-error-500-after-creating',
  'server-error-502',
  'reset-after-creating',
  'truncated-json',
] as const
/** How a partner goes away. */
const HARMS: ((way: TcpProxy) => void | Promise<void>)[] = [
  (way) => way.disable(),
  (way) => way.blackhole(),
  (way) => way.cutConnections(),
]

it('loses nobody and asks for nobody twice at once while the partner goes away and comes back under load', async () => {
  await using cluster = await startPartnerOutageCluster({ env: SHORT_LIMITS })
  for (const accident of ACCIDENTS) await cluster.partner.misbehave('*', accident, { share: 0.03 })
  const draw = seededDraw(seed)
  let absences = 0
  const calmFrom = performance.now() + durationMs
  const goAway = disruptPeriodically({ servers: cluster.servers, everyMs: isLong ? 1_500 : 500, seed }, async () => {
    // In the long form it stays when its visitors leave, in the quick one when it was away in each way.
    if (isLong ? performance.now() > calmFrom : absences === HARMS.length) return
    await HARMS[absences % HARMS.length]?.(cluster.partnerProxy)
    await pause(LONGEST_ABSENCE_MS * draw(`absence ${absences}`))
    await cluster.partnerProxy.restore()
    absences++
  })
  const { visits } = await sendVisitorsDuring(goAway, cluster, {
    seed,
    durationMs,
    atLeast: isLong ? 2_000 : 100,
    atOnce: isLong ? 40 : 20,
    pauseMs: isLong ? 0 : 100,
    patienceMs: isLong ? 60_000 : 8_000,
    shouldContinue: () => absences < HARMS.length,
  })
  await untilAllFinished(cluster.database)
  const evidence = await checkInvariants(cluster, visits)
  printFigures('partner away under load', seed, { absences, ...figuresOf(evidence) })
  expect(absences).toBeGreaterThanOrEqual(HARMS.length)
})
