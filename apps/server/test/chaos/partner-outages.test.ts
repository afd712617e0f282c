import { describe, expect, it, vi } from 'vitest'
import { type ChaosWorld, startChaosWorld } from './support/chaos-world.ts'
import { checkInvariants } from './support/invariants.ts'
import { untilLogged } from './support/log-lines.ts'
import { startPartnerOutageWorld } from './support/partner-outage-world.ts'
import { untilQuiet } from './support/quiescence.ts'
import type { ServerProcess } from './support/server-process.ts'
import type { Visit } from './support/visit.ts'
import { visitBy } from './support/visit-by.ts'

const BREAKER_OPEN = 'circuit breaker open'
const FAILURES_THAT_OPEN = 10

/** So many visitors at once, who ask once each. */
function comeAtOnce(world: ChaosWorld, count: number, name: string): Promise<Visit[]> {
  const emails = Array.from({ length: count }, (_, index) => `${name}-${index}@chaos.example`)
  return Promise.all(emails.map((email) => visitBy(world, email, 0)))
}

function comeAgain(world: ChaosWorld, visits: Visit[]): Promise<Visit[]> {
  return Promise.all(visits.map(({ email }) => visitBy(world, email)))
}

const codesOf = (visits: Visit[]) => new Set(visits.map(({ last }) => last.code))
const ids = (rows: { id: string }[]) => new Set(rows.map(({ id }) => id))

async function untilNoCallIsPending({ database }: ChaosWorld): Promise<void> {
  const pending = `select 1 from registrations where status = 'pending'`
  await vi.waitFor(async () => expect((await database.query(pending)).rowCount).toBe(0), { timeout: 10_000 })
}

describe('a partner', { concurrent: true, timeout: 120_000 }, () => {
  it('that falls silent for longer than a caller waits is asked again until it is back', async () => {
    await using world = await startPartnerOutageWorld({ replicas: 1 })
    const server = world.servers[0] as ServerProcess
    world.way.goDark()
    const first = await comeAtOnce(world, 12, 'asked')
    // On a busy machine the last of them come when the breaker has opened already, and are spared as those below.
    const asked = first.filter(({ last }) => last.code === 'PENDING')
    expect(asked.length).toBeGreaterThanOrEqual(FAILURES_THAT_OPEN)
    await untilLogged(server, { outcome: 'not-processed', reason: BREAKER_OPEN })
    const spared = [...first.filter((visit) => !asked.includes(visit)), ...(await comeAtOnce(world, 20, 'spared'))]
    expect(codesOf(spared)).toContain('PARTNER_UNAVAILABLE')
    await untilNoCallIsPending(world)

    // Whoever the breaker kept from the partner leaves no doubt behind.
    const { rows } = await world.database.query('select id, status from registrations')
    const sent = server.log
      .filter(({ outcome }) => outcome === 'unknown')
      .map(({ registrationId }) => `${registrationId}`)
    const doubtful = rows.filter(({ status }) => status !== 'released')
    expect(ids(doubtful)).toEqual(new Set(sent))

    await world.way.heal()
    await untilQuiet(world.database, 60_000)
    const replayed = await comeAgain(world, asked)
    expect(replayed.map(({ last }) => last.answer)).toEqual(
      asked.map(() => expect.objectContaining({ success: true, depositUrl: expect.any(String), replayed: true })),
    )
    const late = await comeAgain(world, spared)
    expect(codesOf(late)).toEqual(new Set(['SUCCEEDED']))
    const { calls } = await checkInvariants(world, [...asked, ...spared, ...replayed, ...late])
    expect(calls).toHaveLength(asked.length + spared.length)
  })

  it('that refuses every connection leaves nothing behind, and is found again when it is back', async () => {
    await using world = await startPartnerOutageWorld({ replicas: 1 })
    await world.way.shut()
    const visits = await comeAtOnce(world, 30, 'visitor')
    // Their last try may have been under way at their deadline.
    const told = visits.filter(({ last }) => last.code !== 'PENDING')
    expect(codesOf(told)).toEqual(new Set(['PARTNER_UNAVAILABLE']))
    await untilLogged(world.servers[0] as ServerProcess, { outcome: 'not-processed', reason: BREAKER_OPEN })
    await untilQuiet(world.database, 10_000)
    const { rows } = await world.database.query('select distinct status from registrations')
    expect(rows).toEqual([{ status: 'released' }])

    await world.way.heal()
    const again = await comeAgain(world, visits)
    expect(codesOf(again)).toEqual(new Set(['SUCCEEDED']))
    const { calls } = await checkInvariants(world, [...visits, ...again])
    expect(calls).toHaveLength(visits.length)
  })

  it('that is asked as often at once as it may be is spared the rest, of whom nothing is on file', async () => {
    // No answer is too late and no claim too slow, however busy the machine: else the partner would be asked again.
    const env = { PARTNER_CONCURRENCY: '2', PARTNER_TIMEOUT_MS: '60000', REQUEST_DEADLINE_MS: '60000' }
    await using world = await startChaosWorld({ replicas: 1, env })
    await world.partner.misbehave('*', 'slow-answer', { delayMs: 500 })
    const visits = await comeAtOnce(world, 30, 'visitor')
    expect(codesOf(visits)).toEqual(new Set(['SUCCEEDED', 'OVERLOADED']))
    const refused = visits.filter(({ last }) => last.code === 'OVERLOADED')
    for (const { last } of refused) expect(last.retryAfter).not.toBeNull()
    expect(Math.max(...refused.map(({ last }) => last.tookMs))).toBeLessThan(world.requestDeadlineMs / 4)
    const { rows, calls } = await checkInvariants(world, visits)
    expect(rows).toHaveLength(visits.length - refused.length)
    for (const { startedAt } of calls) {
      const atOnce = calls.filter((call) => call.startedAt <= startedAt && startedAt < (call.endedAt ?? Infinity))
      expect(atOnce.length).toBeLessThanOrEqual(2)
    }
  })
})
