import { eventually } from '@registration/test-harness'
import { describe, expect, it } from 'vitest'
import { startHeldPartner } from './support/held-partner.ts'
import { checkInvariants } from './support/invariants.ts'
import { startPartnerOutageCluster } from './support/partner-outage-cluster.ts'
import type { ServerProcess } from './support/server-process.ts'
import { SHORT_LIMITS, startTestCluster, type TestCluster } from './support/test-cluster.ts'
import { untilAllFinished } from './support/until-all-finished.ts'
import type { Visit } from './support/visit.ts'
import { visitFirstReplica } from './support/visit-first-replica.ts'

/** So many visitors at once, who ask once each. */
function comeAtOnce(cluster: TestCluster, count: number, name: string): Promise<Visit[]> {
  const emails = Array.from({ length: count }, (_, index) => `${name}-${index}@chaos.example`)
  return Promise.all(emails.map((email) => visitFirstReplica(cluster, email, 0)))
}

function comeAgain(cluster: TestCluster, visits: Visit[]): Promise<Visit[]> {
  return Promise.all(visits.map(({ email }) => visitFirstReplica(cluster, email)))
}

/** Whether nothing was begun for the visitor, since the partner was known to be down. */
const isSpared = ({ results }: Visit) =>
  results.some(({ code, answer }) => code === 'PARTNER_UNAVAILABLE' && answer?.registrationId === undefined)

const codesOf = (visits: Visit[]) => new Set(visits.map(({ last }) => last.code))

async function untilNoCallIsPending({ database }: TestCluster): Promise<void> {
  const pending = `select 1 from registrations where status = 'pending'`
  await eventually(async () => expect((await database.query(pending)).rowCount).toBe(0))
}

describe('a partner', { concurrent: true }, () => {
  it('that falls silent for longer than a caller waits is asked again until it is back', async () => {
    await using cluster = await startPartnerOutageCluster({ replicas: 1, env: SHORT_LIMITS })
    const server = cluster.servers[0] as ServerProcess
    cluster.partnerProxy.blackhole()
    const first: Visit[] = []
    // On a busy machine some claims are given up, and a dozen calls may not be enough to open the breaker.
    while (!first.some(isSpared)) first.push(...(await comeAtOnce(cluster, 12, `first-${first.length}`)))
    const visits = [...first, ...(await comeAtOnce(cluster, 10, 'spared'))]
    expect(codesOf(visits)).toContain('PENDING')
    expect(codesOf(visits)).toContain('PARTNER_UNAVAILABLE')
    await untilNoCallIsPending(cluster)

    // Whoever the breaker kept from the partner leaves no doubt behind.
    const unanswered = () =>
      new Set(
        server.log.filter(({ outcome }) => outcome === 'unknown').map(({ registrationId }) => `${registrationId}`),
      )
    const sent = unanswered()
    const onFile = await cluster.database.query<{ id: string; email: string; status: string }>(
      'select id, email, status from registrations',
    )
    const doubtful = onFile.rows.filter(({ status }) => status !== 'released')
    expect(new Set(doubtful.map(({ id }) => id))).toEqual(sent)

    const told = server.log.length
    await cluster.partnerProxy.restore()
    await untilAllFinished(cluster.database)
    const asked = new Set(doubtful.map(({ email }) => email))
    const again = await comeAgain(cluster, visits)
    expect(again.filter(({ last }) => !last.answer?.success)).toEqual([])
    for (const { email, last } of again) if (asked.has(email)) expect(last.answer).toMatchObject({ replayed: true })
    const { calls, rows } = await checkInvariants(cluster, [...visits, ...again])
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
    await using cluster = await startPartnerOutageCluster({ replicas: 1, env: { REQUEST_DEADLINE_MS } })
    await cluster.partnerProxy.disable()
    const visits: Visit[] = []
    // The last try of a visitor may be under way at their deadline, of all of them on a busy machine.
    while (!visits.some(isSpared)) visits.push(...(await comeAtOnce(cluster, 20, `visitor-${visits.length}`)))
    const told = visits.filter(({ last }) => last.code !== 'PENDING' && last.code !== 'OVERLOADED')
    expect(codesOf(told)).toEqual(new Set(['PARTNER_UNAVAILABLE']))
    await untilAllFinished(cluster.database)
    const { rows } = await cluster.database.query('select distinct status from registrations')
    expect(rows).toEqual([{ status: 'released' }])

    await cluster.partnerProxy.restore()
    const again = await comeAgain(cluster, visits)
    expect(codesOf(again)).toEqual(new Set(['SUCCEEDED']))
    const { calls } = await checkInvariants(cluster, [...visits, ...again])
    expect(calls).toHaveLength(visits.length)
  })

  it('that is asked as often at once as it may be is spared the rest, of whom nothing is on file', async () => {
    await using partner = await startHeldPartner()
    await using cluster = await startTestCluster({ replicas: 1, partner, env: { PARTNER_CONCURRENCY: '2' } })
    const coming = Array.from({ length: 30 }, (_, index) =>
      visitFirstReplica(cluster, `visitor-${index}@chaos.example`, 0),
    )
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
    const { rows, calls } = await checkInvariants(cluster, visits)
    expect(rows).toHaveLength(2)
    expect(calls).toHaveLength(2)
  })
})
