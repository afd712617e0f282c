import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AbandonedRegistrations, abandonRegistrations } from './support/abandon-registrations.ts'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { disruptPeriodically } from './support/disrupt-periodically.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { type FleetCluster, startFleetCluster } from './support/fleet-cluster.ts'
import { injectPartnerFaults } from './support/inject-partner-faults.ts'
import { checkInvariants } from './support/invariants.ts'
import { untilJournalIsEmpty } from './support/outage-journal-file.ts'
import { seededDraw } from './support/seeded-draw.ts'
import { sendVisitorsDuring } from './support/send-visitors-during.ts'
import type { ServerProcess } from './support/server-process.ts'
import { untilAllFinished } from './support/until-all-finished.ts'
import { HUNG_AFTER_MS, type Visit, visit } from './support/visit.ts'

const { seed, isLong } = chaosRun
const durationMs = loadMs({ quickMs: 0, share: 0.2 })
const atLeast = isLong ? 2_000 : 120

type DisruptionKind = 'added' | 'killed' | 'replaced' | 'frozen'
/** The quick form does each disruption once, and no freezes: they outlast leases, which takes too long. */
const DISRUPTIONS: readonly DisruptionKind[] = ['added', 'killed', 'replaced', ...(isLong ? (['frozen'] as const) : [])]

describe('three replicas on one database behind a load balancer', () => {
  let cluster: FleetCluster
  const visits: Visit[] = []
  beforeAll(async () => {
    cluster = await startFleetCluster()
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  it('concurrent requests with one key at all replicas create one account and get the same response', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `everywhere-${index}`)
    const pages = names.flatMap((name) =>
      cluster.servers.map((server, index) =>
        visit({
          name,
          email: `${name}@chaos.example`,
          key: `key of ${name}`,
          transport: index % 2 === 0 ? 'rest' : 'trpc',
          target: () => server,
          patienceMs: HUNG_AFTER_MS,
        }),
      ),
    )
    visits.push(...(await Promise.all(pages)))
    expect(visits.filter(({ last }) => !last.answer?.success)).toEqual([])
    const { accounts } = await checkInvariants(cluster, visits)
    expect(accounts).toHaveLength(names.length)
  })

  it('every invariant holds under load while replicas are killed, replaced and added', async () => {
    // The abandoned registrations are enough for the quick form.
    if (isLong) await injectPartnerFaults(cluster.partner, 0.1)
    const leaseMs = 2.25 * cluster.partnerTimeoutMs
    const left: AbandonedRegistrations[] = []
    const disruptions: Record<DisruptionKind, (server: ServerProcess) => Promise<unknown>> = {
      added: () => cluster.addReplica(),
      async killed(server) {
        left.push(await abandonRegistrations(cluster, server, `left-${left.length}`))
        await server.end('SIGKILL')
        await server.start()
      },
      async replaced(server) {
        expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
        await server.start()
      },
      async frozen(server) {
        server.signal('SIGSTOP')
        await pause(1.2 * leaseMs)
        server.signal('SIGCONT')
      },
    }
    const done: Record<DisruptionKind, number> = { added: 0, killed: 0, replaced: 0, frozen: 0 }
    const draw = seededDraw(seed)
    const order = DISRUPTIONS.toSorted((a, b) => draw(a) - draw(b))
    let times = 0
    const disruption = disruptPeriodically(
      { servers: cluster.servers, everyMs: isLong ? 2_000 : 400, seed },
      async (server) => {
        const what = order[times++ % order.length]
        if (!what || (done[what] > 0 && (what === 'added' || !isLong))) return
        await disruptions[what](server)
        done[what] += 1
      },
    )
    const isEnough = () => DISRUPTIONS.every((what) => done[what] > 0) && cluster.servers.every(hasServed)
    const { visits: made } = await sendVisitorsDuring(disruption, cluster, {
      seed,
      durationMs,
      atLeast,
      targets: [cluster.balancer],
      atOnce: isLong ? 20 : 10,
      pauseMs: 200,
      shouldContinue: () => !isEnough(),
    })
    visits.push(...made, ...(await Promise.all(left.map((those) => those.visits))).flat())
    await untilAllFinished(cluster.database)
    for (const server of cluster.servers) await untilJournalIsEmpty(server)

    const evidence = await checkInvariants(cluster, visits, { frozen: isLong })
    const emails = new Set(left.flatMap((those) => those.emails))
    const rows = evidence.rows.filter(({ email }) => emails.has(email))
    printFigures(`a fleet behind a load balancer, which is ${cluster.balancer.kind}`, seed, {
      ...done,
      'abandoned by a killed replica': rows.length,
      'claims to recover them': rows.reduce((sum, { attempts }) => sum + attempts - 1, 0),
      ...figuresOf(evidence),
    })
    expect(rows.map(({ status }) => status)).toEqual([...emails].map(() => 'succeeded_without_link'))
  })
})

/** Whether the replica has had a request since its last start. */
function hasServed({ log }: ServerProcess): boolean {
  const ready = log.findLastIndex(({ msg }) => msg === 'ready')
  return log.slice(ready).some((line) => line['by'] === 'request')
}
