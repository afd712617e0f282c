import { eventually } from '@registration/test-harness'
import { describe, expect, it } from 'vitest'
import { type ChaosWorld, SHORT_LIMITS, startChaosWorld } from './support/chaos-world.ts'
import { startHeldPartner } from './support/held-partner.ts'
import { checkInvariants } from './support/invariants.ts'
import { startPartnerOutageWorld } from './support/partner-outage-world.ts'
import { untilQuiet } from './support/quiescence.ts'
import type { ServerProcess } from './support/server-process.ts'
import type { Visit } from './support/visit.ts'
import { visitBy } from './support/visit-by.ts'

/** So many visitors at once, who ask once each. */
function comeAtOnce(world: ChaosWorld, count: number, name: string): Promise<Visit[]> {
  const emails = Array.from({ length: count }, (_, index) => `${name}-${index}@chaos.example`)
  return Promise.all(emails.map((email) => visitBy(world, email, 0)))
}

function comeAgain(world: ChaosWorld, visits: Visit[]): Promise<Visit[]> {
  return Promise.all(visits.map(({ email }) => visitBy(world, email)))
}

/** Whether nothing was begun for the visitor, since the partner was known to be down. */
const isSpared = ({ replies }: Visit) =>
  replies.some(({ code, answer }) => code === 'PARTNER_UNAVAILABLE' && answer?.registrationId === undefined)

const codesOf = (visits: Visit[]) => new Set(visits.map(({ last }) => last.code))

async function untilNoCallIsPending({ database }: ChaosWorld): Promise<void> {
  const pending = `select 1 from registrations where status = 'pending'`
  await eventually(async () => expect((await database.query(pending)).rowCount).toBe(0))
}

describe('a partner', { concurrent: true }, () => {
  it('that falls silent for longer than a caller waits is asked again until it is back', async () => {
    await using world = await startPartnerOutageWorld({ replicas: 1, env: SHORT_LIMITS })
    const server = world.servers[0] as ServerProcess
    world.way.goDark()
    const first: Visit[] = []
    // On a busy machine some claims are given up, and a dozen calls may not be enough to open the breaker.
    while (!first.some(isSpared)) first.push(...(await comeAtOnce(world, 12, `first-${first.length}`)))
    const visits = [...first, ...(await comeAtOnce(world, 10, 'spared'))]
    expect(codesOf(visits)).toContain('PENDING')
    expect(codesOf(visits)).toContain('PARTNER_UNAVAILABLE')
    await untilNoCallIsPending(world)

    // Whoever the breaker kept from the partner leaves no doubt behind.
    const unanswered = () =>
      new Set(
        server.log.filter(({ outcome }) => outcome === 'unknown').map(({ registrationId }) => `${registrationId}`),
      )
    const sent = unanswered()
    const onFile = await world.database.query<{ id: string; email: string; status: string }>(
      'select id, email, status from registrations',
    )
    const doubtful = onFile.rows.filter(({ status }) => status !== 'released')
    expect(new Set(doubtful.map(({ id }) => id))).toEqual(sent)

    const told = server.log.length
    await world.way.heal()
    await untilQuiet(world.database)
    const asked = new Set(doubtful.map(({ email }) => email))
    const again = await comeAgain(world, visits)
    expect(again.filter(({ last }) => !last.answer?.success)).toEqual([])
    for (const { email, last } of again) if (asked.has(email)) expect(last.answer).toMatchObject({ replayed: true })
    const { calls, rows } = await checkInvariants(world, [...visits, ...again])
    // One call each has reached the partner, and has brought the link, unless a busy machine gave it up and made another one.
    const givenUp = new Set(
      server.log.slice(told).flatMap(({ outcome, registrationId }) => (outcome === 'unknown' ? [registrationId] : [])),
    )
    for (const { id, email, status } of rows.filter((row) => !givenUp.has(row.id) && row.status !== 'released')) {
      expect(calls.filter((call) => call.email === email)).toHaveLength(1)
      expect({ id, status }).toEqual({ id, status: 'succeeded' })
    }
  })

  it('that refuses every connection leaves nothing behind, and is found again when it is back', async () => {
    const { REQUEST_DEADLINE_MS } = SHORT_LIMITS
    await using world = await startPartnerOutageWorld({ replicas: 1, env: { REQUEST_DEADLINE_MS } })
    await world.way.shut()
    const visits: Visit[] = []
    // The last try of a visitor may be under way at their deadline, of all of them on a busy machine.
    while (!visits.some(isSpared)) visits.push(...(await comeAtOnce(world, 20, `visitor-${visits.length}`)))
    const told = visits.filter(({ last }) => last.code !== 'PENDING' && last.code !== 'OVERLOADED')
    expect(codesOf(told)).toEqual(new Set(['PARTNER_UNAVAILABLE']))
    await untilQuiet(world.database)
    const { rows } = await world.database.query('select distinct status from registrations')
    expect(rows).toEqual([{ status: 'released' }])

    await world.way.heal()
    const again = await comeAgain(world, visits)
    expect(codesOf(again)).toEqual(new Set(['SUCCEEDED']))
    const { calls } = await checkInvariants(world, [...visits, ...again])
    expect(calls).toHaveLength(visits.length)
  })

  it('that is asked as often at once as it may be is spared the rest, of whom nothing is on file', async () => {
    await using partner = await startHeldPartner()
    await using world = await startChaosWorld({ replicas: 1, partner, env: { PARTNER_CONCURRENCY: '2' } })
    const coming = Array.from({ length: 30 }, (_, index) => visitBy(world, `visitor-${index}@chaos.example`, 0))
    let refused = 0
    for (const visit of coming) void visit.then(() => refused++)
    // While the two are under way: who waits for room does so for two seconds.
    await eventually(() => expect(refused).toBe(28))
    partner.release()
    const visits = await Promise.all(coming)
    const told = Map.groupBy(visits, ({ last }) => last.code)
    expect(told.get('SUCCEEDED')).toHaveLength(2)
    expect(told.get('OVERLOADED')).toHaveLength(28)
    for (const { last } of told.get('OVERLOADED') ?? []) expect(last.retryAfter).not.toBeNull()
    const { rows, calls } = await checkInvariants(world, visits)
    expect(rows).toHaveLength(2)
    expect(calls).toHaveLength(2)
  })
})
