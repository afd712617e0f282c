import { expect, it } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { disruptPeriodically } from './support/disrupt-periodically.ts'
import { type FailoverCluster, startFailoverCluster } from './support/failover-cluster.ts'
import { figuresOf, printFigures, times } from './support/figures.ts'
import { injectPartnerFaults } from './support/inject-partner-faults.ts'
import { checkInvariants } from './support/invariants.ts'
import { untilJournalIsEmpty } from './support/outage-journal-file.ts'
import { seededDraw } from './support/seeded-draw.ts'
import { sendVisitorsDuring } from './support/send-visitors-during.ts'
import { untilAllFinished } from './support/until-all-finished.ts'

const { seed, isLong } = chaosRun
const durationMs = loadMs({ quickMs: 0, share: 0.2 })
const atLeast = isLong ? 2_000 : 100
const AT_ONCE = 20
/** Visitors after the standby has taken over. */
const AFTERWARDS = 20
/** So that some answers arrive while no host accepts writes. */
const PARTNER_AT_WORK_MS = 300
const LONGEST_ABSENCE_MS = isLong ? 2_000 : 1_000

it('killing the primary under load loses no acknowledged registration, and the servers connect to the promoted standby', async () => {
  await using cluster = await startFailoverCluster()
  const { failovers } = cluster
  // A call without an answer waits for its lease, which takes too long for the quick form.
  if (isLong) await injectPartnerFaults(cluster.partner, 0.1)
  await cluster.partner.misbehave('*', 'slow-answer', { delayMs: PARTNER_AT_WORK_MS })
  const draw = seededDraw(seed)
  const failOver = disruptPeriodically(
    { servers: cluster.servers, everyMs: isLong ? 6_000 : 1_000, seed },
    async () => {
      // Once is enough for the quick form.
      if (!isLong && failovers.length > 0) return
      // The outage must lie between two registrations, and begin during calls to the partner.
      await cluster.partner.until(({ calls }) => {
        const underWay = calls.filter(({ endedAt }) => endedAt === null)
        return calls.length >= AT_ONCE && underWay.length >= AT_ONCE / 2
      })
      await cluster.failOver(LONGEST_ABSENCE_MS * draw(`absence ${failovers.length}`))
    },
  )
  let begunBefore: number | undefined
  const { visits } = await sendVisitorsDuring(failOver, cluster, {
    seed,
    durationMs,
    atLeast,
    atOnce: AT_ONCE,
    pauseMs: 200,
    shouldContinue(begun) {
      if (failovers.length > 0) begunBefore ??= begun
      return begunBefore === undefined || begun < begunBefore + AFTERWARDS
    },
  })
  await untilAllFinished(cluster.database)
  for (const server of cluster.servers) await untilJournalIsEmpty(server)

  const evidence = await checkInvariants(cluster, visits)
  const log = cluster.servers.flatMap((server) => server.log)
  const journaled = log.filter(({ msg }) => msg === 'a result could not be saved, and waits in the outage journal')
  const absences = failovers.map(({ killedAt, promotedAt }) => Number(promotedAt) - Number(killedAt))
  printFigures('primary killed under load, standby promoted', seed, {
    failovers: failovers.length,
    'time without service': times(withoutServiceMs(cluster, evidence.rows)),
    'of it, from the kill to the promotion': times(absences),
    'results journaled': journaled.length,
    ...figuresOf(evidence),
  })
  expect(failovers.length).toBeGreaterThan(0)
  // No server was restarted.
  expect(log.filter(({ msg }) => msg === 'ready')).toHaveLength(cluster.servers.length)
})

/** The time from the last stored registration before each kill to the first one after it. */
function withoutServiceMs({ failovers }: FailoverCluster, rows: readonly { created_at: Date }[]): number[] {
  const begun = rows.map(({ created_at }) => Number(created_at)).toSorted((a, b) => a - b)
  return failovers.map(({ killedAt }) => {
    const next = begun.findIndex((at) => at > Number(killedAt))
    if (next < 1) throw new Error(`Nobody began a registration after the kill at ${killedAt.toISOString()}.`)
    return Number(begun[next]) - Number(begun[next - 1])
  })
}
