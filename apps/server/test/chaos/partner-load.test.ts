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

/** None that hangs: on a silent connection, the partner would never learn that its caller has left. */
const FAULTS = [
  'server-error-500-after-creating',
  'server-error-502',
  'reset-after-creating',
  'truncated-json',
] as const
/** Ways in which the partner becomes unreachable. */
const OUTAGES: ((way: TcpProxy) => void | Promise<void>)[] = [
  (way) => way.disable(),
  (way) => way.blackhole(),
  (way) => way.cutConnections(),
]

it('partner outages under load lose no registration and cause no overlapping calls', async () => {
  await using cluster = await startPartnerOutageCluster({ env: SHORT_LIMITS })
  for (const fault of FAULTS) await cluster.partner.misbehave('*', fault, { share: 0.03 })
  const draw = seededDraw(seed)
  let absences = 0
  const noOutagesAfter = performance.now() + durationMs
  const causeOutages = disruptPeriodically(
    { servers: cluster.servers, everyMs: isLong ? 1_500 : 500, seed },
    async () => {
      // No more outages after the load in the long form, or after one of each kind in the quick form.
      if (isLong ? performance.now() > noOutagesAfter : absences === OUTAGES.length) return
      await OUTAGES[absences % OUTAGES.length]?.(cluster.partnerProxy)
      await pause(LONGEST_ABSENCE_MS * draw(`absence ${absences}`))
      await cluster.partnerProxy.restore()
      absences++
    },
  )
  const { visits } = await sendVisitorsDuring(causeOutages, cluster, {
    seed,
    durationMs,
    atLeast: isLong ? 2_000 : 100,
    atOnce: isLong ? 40 : 20,
    pauseMs: isLong ? 0 : 100,
    patienceMs: isLong ? 60_000 : 8_000,
    shouldContinue: () => absences < OUTAGES.length,
  })
  await untilAllFinished(cluster.database)
  const evidence = await checkInvariants(cluster, visits)
  printFigures('partner outages under load', seed, { absences, ...figuresOf(evidence) })
  expect(absences).toBeGreaterThanOrEqual(OUTAGES.length)
})
