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

/** Sends this many requests at once, each from another visitor. */
function visitAtOnce(cluster: TestCluster, count: number, name: string): Promise<Visit[]> {
  const emails = Array.from({ length: count }, (_, index) => `${name}-${index}@chaos.example`)
  return Promise.all(emails.map((email) => visitFirstReplica(cluster, email, 0)))
}

function visitAgain(cluster: TestCluster, visits: Visit[]): Promise<Visit[]> {
  return Promise.all(visits.map(({ email }) => visitFirstReplica(cluster, email)))
}

/** Whether the circuit breaker refused the request before a registration was created. */
const isRefusedByBreaker = ({ results }: Visit) =>
  results.some(({ code, answer }) => code === 'PARTNER_UNAVAILABLE' && answer?.registrationId === undefined)

const codesOf = (visits: Visit[]) => new Set(visits.map(({ last }) => last.code))

async function untilNoCallIsPending({ database }: TestCluster): Promise<void> {
  const pending = `select 1 from registrations where status = 'pending'`
  await eventually(async () => expect((await database.query(pending)).rowCount).toBe(0))
}

describe('a partner outage', { concurrent: true }, () => {
  it('a partner that is silent for longer than the caller waits is called again until it answers', async () => {
    await using cluster = await startPartnerOutageCluster({ replicas: 1, env: SHORT_LIMITS })
    const server = cluster.servers[0] as ServerProcess
    cluster.partnerProxy.blackhole()
    const first: Visit[] = []
    // On a busy machine some claims are given up, so that twelve calls may not open the circuit breaker.
    while (!first.some(isRefusedByBreaker)) first.push(...(await visitAtOnce(cluster, 12, `first-${first.length}`)))
    const visits = [...first, ...(await visitAtOnce(cluster, 10, 'refused'))]
    expect(codesOf(visits)).toContain('PENDING')
    expect(codesOf(visits)).toContain('PARTNER_UNAVAILABLE')
    await untilNoCallIsPending(cluster)

    // A registration that the circuit breaker stopped is not uncertain.
    const unanswered = () =>
      new Set(
        server.log.filter(({ outcome }) => outcome === 'unknown').map(({ registrationId }) => `${registrationId}`),
      )
    const sent = unanswered()
    const saved = await cluster.database.query<{ id: string; email: string; status: string }>(
      'select id, email, status from registrations',
    )
    const uncertain = saved.rows.filter(({ status }) => status !== 'released')
    expect(new Set(uncertain.map(({ id }) => id))).toEqual(sent)

    const told = server.log.length
    await cluster.partnerProxy.restore()
    await untilAllFinished(cluster.database)
    const asked = new Set(uncertain.map(({ email }) => email))
    const again = await visitAgain(cluster, visits)
    expect(again.filter(({ last }) => !last.answer?.success)).toEqual([])
    for (const { email, last } of again) if (asked.has(email)) expect(last.answer).toMatchObject({ replayed: true })
    const { calls, rows } = await checkInvariants(cluster, [...visits, ...again])
    // One call per registration reached the partner and returned the link, unless a busy machine gave it up and repeated it.
    const givenUp = new Set(
      server.log.slice(told).flatMap(({ outcome, registrationId }) => (outcome === 'unknown' ? [registrationId] : [])),
    )
    for (const { id, email, status } of rows.filter((row) => !givenUp.has(row.id) && row.status !== 'released')) {
      expect(calls.filter((call) => call.email === email)).toHaveLength(1)
      expect({ id, status }).toEqual({ id, status: 'succeeded' })
    }
  })

  it('refused connections leave only released registrations, and calls succeed when the partner is back', async () => {
    const { REQUEST_DEADLINE_MS } = SHORT_LIMITS
    await using cluster = await startPartnerOutageCluster({ replicas: 1, env: { REQUEST_DEADLINE_MS } })
    await cluster.partnerProxy.disable()
    const visits: Visit[] = []
    // On a busy machine the last try of every visitor may still run at the deadline.
    while (!visits.some(isRefusedByBreaker))
      visits.push(...(await visitAtOnce(cluster, 20, `visitor-${visits.length}`)))
    const told = visits.filter(({ last }) => last.code !== 'PENDING' && last.code !== 'OVERLOADED')
    expect(codesOf(told)).toEqual(new Set(['PARTNER_UNAVAILABLE']))
    await untilAllFinished(cluster.database)
    const { rows } = await cluster.database.query('select distinct status from registrations')
    expect(rows).toEqual([{ status: 'released' }])

    await cluster.partnerProxy.restore()
    const again = await visitAgain(cluster, visits)
    expect(codesOf(again)).toEqual(new Set(['SUCCEEDED']))
    const { calls } = await checkInvariants(cluster, [...visits, ...again])
    expect(calls).toHaveLength(visits.length)
  })

  it('requests beyond PARTNER_CONCURRENCY get OVERLOADED and leave no row', async () => {
    await using partner = await startHeldPartner()
    await using cluster = await startTestCluster({ replicas: 1, partner, env: { PARTNER_CONCURRENCY: '2' } })
    const coming = Array.from({ length: 30 }, (_, index) =>
      visitFirstReplica(cluster, `visitor-${index}@chaos.example`, 0),
    )
    let refused = 0
    for (const visit of coming) void visit.then(() => refused++)
    // During the two calls: a request waits two seconds for a free slot.
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
