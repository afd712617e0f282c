import { setTimeout as pause } from 'node:timers/promises'
import { startThrowawayPostgres } from '@registration/local-postgres'
import { expect, it } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { startChaosWorld } from './support/chaos-world.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { checkInvariants } from './support/invariants.ts'
import { misbehaveAtTimes } from './support/misbehave-at-times.ts'
import { nowAndThen } from './support/now-and-then.ts'
import { untilJournalIsEmpty } from './support/outage-journal-file.ts'
import { untilQuiet } from './support/quiescence.ts'
import { seededDraw } from './support/seeded-draw.ts'
import { sendVisitorsDuring } from './support/send-visitors-during.ts'

const { seed, isLong } = chaosRun
const durationMs = loadMs({ quickMs: 5_000, share: 0.2 })
const LONGEST_ABSENCE_MS = 2_000

it('loses no answered link and asks for nobody twice while PostgreSQL crashes under load', {
  timeout: 2 * durationMs + 180_000,
}, async () => {
  await using postgres = await startThrowawayPostgres()
  await using world = await startChaosWorld({ databaseUrl: await postgres.createDatabase() })
  await misbehaveAtTimes(world.partner, 0.1)

  const draw = seededDraw(seed)
  let crashes = 0
  const crash = nowAndThen({ servers: world.servers, everyMs: 2_000, seed }, async () => {
    await postgres.crash()
    await pause(LONGEST_ABSENCE_MS * draw(`absence ${crashes++}`))
    await postgres.restart()
  })
  const { visits } = await sendVisitorsDuring(crash, world, { seed, durationMs, atLeast: isLong ? 2_000 : 200 })
  await untilQuiet(world.database, 60_000)
  for (const server of world.servers) await untilJournalIsEmpty(server, 10_000)

  const evidence = await checkInvariants(world, visits)
  const log = world.servers.flatMap((server) => server.log)
  const journaled = log.filter(({ msg }) => msg === 'a result could not be saved, and waits in the outage journal')
  printFigures('PostgreSQL crashed under load', seed, {
    crashes,
    'results journaled': journaled.length,
    ...figuresOf(evidence),
  })
  expect(crashes).toBeGreaterThan(1)
  expect(log.filter(({ msg }) => msg === 'ready')).toHaveLength(world.servers.length)
})
