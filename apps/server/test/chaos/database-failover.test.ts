import { describe, expect, it } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { type FailoverWorld, startFailoverWorld } from './support/failover-world.ts'
import { figuresOf, printFigures, times } from './support/figures.ts'
import { checkInvariants } from './support/invariants.ts'
import { misbehaveAtTimes } from './support/misbehave-at-times.ts'
import { nowAndThen } from './support/now-and-then.ts'
import { untilJournalIsEmpty } from './support/outage-journal-file.ts'
import { untilQuiet } from './support/quiescence.ts'
import { seededDraw } from './support/seeded-draw.ts'
import { sendVisitorsDuring } from './support/send-visitors-during.ts'
import { visitBy } from './support/visit-by.ts'

const { seed, isLong } = chaosRun
const durationMs = loadMs({ quickMs: 6_000, share: 0.2 })
const LONGEST_ABSENCE_MS = 2_000

describe('a database with a synchronous standby', { concurrent: true }, () => {
  it('loses no acknowledged registration and doubles none while primaries are killed under load, and their standbys take over', {
    timeout: 2 * durationMs + 180_000,
  }, async () => {
    await using world = await startFailoverWorld()
    await misbehaveAtTimes(world.partner, 0.1)
    const draw = seededDraw(seed)
    const failOver = nowAndThen({ servers: world.servers, everyMs: isLong ? 6_000 : 2_500, seed }, () =>
      world.failOver(LONGEST_ABSENCE_MS * draw(`absence ${world.killedAt.length}`)),
    )
    const { visits } = await sendVisitorsDuring(failOver, world, { seed, durationMs, atLeast: isLong ? 2_000 : 200 })
    await untilQuiet(world.database, 60_000)
    for (const server of world.servers) await untilJournalIsEmpty(server, 10_000)

    const evidence = await checkInvariants(world, visits)
    const log = world.servers.flatMap((server) => server.log)
    const journaled = log.filter(({ msg }) => msg === 'a result could not be saved, and waits in the outage journal')
    printFigures('primary killed under load, standby promoted', seed, {
      failovers: world.killedAt.length,
      'from a kill to the next registration': times(withoutServiceMs(world, evidence.rows)),
      'results journaled': journaled.length,
      ...figuresOf(evidence),
    })
    expect(world.killedAt.length).toBeGreaterThan(0)
    expect(log.filter(({ msg }) => msg === 'ready')).toHaveLength(world.servers.length)
  })

  it('calls nobody and loses nothing while commits wait for a standby that is gone', { timeout: 120_000 }, async () => {
    // Longer than the pool waits for an answer, so that the first request itself sees the end of a commit's wait.
    await using world = await startFailoverWorld({ replicas: 1, env: { REQUEST_DEADLINE_MS: '12000' } })
    const [server] = world.servers
    if (!server) throw new Error('There is no replica.')
    const ann = 'ann@chaos.example'
    await world.partner.misbehave(ann, 'slow', { times: 1, delayMs: 700 })
    const annVisits = visitBy(world, ann)
    await world.partner.until(({ calls }) => calls.some(({ email }) => email === ann))
    await world.loseStandby()
    const turnedAway = await visitBy(world, 'bob@chaos.example', 0)
    expect(turnedAway.last).toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503, retryAfter: '1' })
    expect((await annVisits).replies).toMatchObject([{ code: 'SUCCEEDED' }])
    expect((await world.partner.ledger()).calls).toHaveLength(1)

    await world.replaceStandby()
    const served = await visitBy(world, 'bob@chaos.example')
    expect(served.last).toMatchObject({ code: 'SUCCEEDED' })
    await untilQuiet(world.database, 20_000)
    await untilJournalIsEmpty(server, 10_000)
    const { rows, calls } = await checkInvariants(world, [await annVisits, turnedAway, served])
    expect(rows.map(({ status }) => status)).toEqual(['succeeded', 'succeeded'])
    expect(calls).toHaveLength(2)
  })
})

/** Nobody is on file between a kill and the promotion. */
function withoutServiceMs({ killedAt }: FailoverWorld, rows: readonly { created_at: Date }[]): number[] {
  const begun = rows.map(({ created_at }) => created_at.getTime()).toSorted((a, b) => a - b)
  return killedAt
    .flatMap((at) => begun.find((time) => time > at.getTime()) ?? [])
    .map((time, n) => time - Number(killedAt[n]))
}
