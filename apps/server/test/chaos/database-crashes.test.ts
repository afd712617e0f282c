import { setTimeout as pause } from 'node:timers/promises'
import { startThrowawayPostgres } from '@registration/local-postgres'
import { expect, it } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { disruptPeriodically } from './support/disrupt-periodically.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { injectPartnerFaults } from './support/inject-partner-faults.ts'
import { checkInvariants } from './support/invariants.ts'
import { untilJournalIsEmpty } from './support/outage-journal-file.ts'
import { seededDraw } from './support/seeded-draw.ts'
import { sendVisitorsDuring } from './support/send-visitors-during.ts'
import { SHORT_LIMITS, startTestCluster } from './support/test-cluster.ts'
import { untilAllFinished } from './support/until-all-finished.ts'

const { seed, isLong } = chaosRun
const durationMs = loadMs({ quickMs: 0, share: 0.2 })
const LONGEST_ABSENCE_MS = isLong ? 2_000 : 1_000
const CRASHES_AT_LEAST = 2
/** So that at any time some calls to the partner are in progress. */
const PARTNER_AT_WORK_MS = 300

it('PostgreSQL crashes under load lose no link and cause no second account', async () => {
  await using postgres = await startThrowawayPostgres()
  await using cluster = await startTestCluster({ databaseUrl: await postgres.createDatabase(), env: SHORT_LIMITS })
  await injectPartnerFaults(cluster.partner, 0.1)
  if (!isLong) await cluster.partner.misbehave('*', 'slow-answer', { delayMs: PARTNER_AT_WORK_MS })

  const draw = seededDraw(seed)
  let crashes = 0
  const crash = disruptPeriodically({ servers: cluster.servers, everyMs: isLong ? 2_000 : 500, seed }, async () => {
    // Two crashes are enough for the quick form.
    if (!isLong && crashes >= CRASHES_AT_LEAST) return
    await postgres.crash()
    await pause(LONGEST_ABSENCE_MS * draw(`absence ${crashes++}`))
    await postgres.restart()
  })
  const { visits } = await sendVisitorsDuring(crash, cluster, {
    seed,
    durationMs,
    atLeast: isLong ? 2_000 : 100,
    atOnce: isLong ? 40 : 20,
    shouldContinue: () => crashes < CRASHES_AT_LEAST,
  })
  await untilAllFinished(cluster.database)
  for (const server of cluster.servers) await untilJournalIsEmpty(server)

  const evidence = await checkInvariants(cluster, visits)
  const log = cluster.servers.flatMap((server) => server.log)
  const journaled = log.filter(({ msg }) => msg === 'a result could not be saved, and waits in the outage journal')
  printFigures('PostgreSQL crashed under load', seed, {
    crashes,
    'results journaled': journaled.length,
    ...figuresOf(evidence),
  })
  expect(crashes).toBeGreaterThanOrEqual(CRASHES_AT_LEAST)
  expect(log.filter(({ msg }) => msg === 'ready')).toHaveLength(cluster.servers.length)
})
