import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { disruptPeriodically } from './support/disrupt-periodically.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { injectPartnerFaults } from './support/inject-partner-faults.ts'
import { checkInvariants } from './support/invariants.ts'
import { untilJournalIsEmpty } from './support/outage-journal-file.ts'
import { seededDraw } from './support/seeded-draw.ts'
import { sendVisitorsDuring } from './support/send-visitors-during.ts'
import { startServerProcess } from './support/server-process.ts'
import { openTcpProxy, type TcpProxy } from './support/tcp-proxy.ts'
import { SHORT_LIMITS, startTestCluster } from './support/test-cluster.ts'
import { untilAllFinished } from './support/until-all-finished.ts'

const { seed, isLong } = chaosRun
const durationMs = loadMs({ quickMs: 0, share: 0.2 })
const LONGEST_ABSENCE_MS = isLong ? 4_000 : 1_000
/** So that at any time some calls to the partner are in progress. */
const PARTNER_AT_WORK_MS = 300
const writing = (sent: string) => /insert into|update/i.test(sent)

/** Network faults between a server and its database. */
const DISRUPTIONS: Record<string, (proxy: TcpProxy, absence: () => Promise<void>) => Promise<unknown>> = {
  async 'all connections cut'(proxy) {
    proxy.cutConnections()
  },
  async 'database unreachable'(proxy, absence) {
    await proxy.disable()
    await absence()
    await proxy.restore()
  },
  async 'cable pulled, connections lost'(proxy, absence) {
    proxy.blackhole()
    await absence()
    await proxy.restore()
  },
  async 'cable pulled, everything arrives late'(proxy, absence) {
    proxy.blackhole()
    await absence()
    await proxy.restore({ late: true })
  },
  'a write lost by cut': (proxy) => proxy.injectFault({ matches: writing, lose: 'request', by: 'cut' }),
  "a write's answer lost by cut": (proxy) => proxy.injectFault({ matches: writing, lose: 'answer', by: 'cut' }),
  'a write lost in silence': (proxy) => proxy.injectFault({ matches: writing, lose: 'request', by: 'silence' }),
  "a write's answer lost in silence": (proxy) => proxy.injectFault({ matches: writing, lose: 'answer', by: 'silence' }),
}

it('every invariant holds under load while one replica’s connection to the database fails in every way', async () => {
  const databaseUrl = await freshDatabase()
  await using proxy = await openTcpProxy(databaseUrl)
  await using cluster = await startTestCluster({
    replicas: 1,
    databaseUrl,
    env: { ...SHORT_LIMITS, DATABASE_URL: proxy.url },
  })
  using folder = temporaryFolder()
  const [cutOff] = cluster.servers
  await using other = await startServerProcess({ ...cutOff?.env, DATABASE_URL: databaseUrl, DATA_DIR: folder.path })
  const servers = [...cluster.servers, other]
  await injectPartnerFaults(cluster.partner, 0.1)
  if (!isLong) await cluster.partner.misbehave('*', 'slow-answer', { delayMs: PARTNER_AT_WORK_MS })

  const draw = seededDraw(seed)
  const kinds = Object.keys(DISRUPTIONS).toSorted((a, b) => draw(a) - draw(b))
  let disruptions = 0
  const disruption = disruptPeriodically({ servers, everyMs: isLong ? 1_000 : 300, seed }, async () => {
    // Each fault once is enough for the quick form.
    if (!isLong && disruptions >= kinds.length) return
    const kind = kinds[disruptions % kinds.length] ?? ''
    await DISRUPTIONS[kind]?.(proxy, () => pause(LONGEST_ABSENCE_MS * draw(`absence ${disruptions}`)))
    disruptions++
  })
  const { visits } = await sendVisitorsDuring(disruption, cluster, {
    targets: servers,
    seed,
    durationMs,
    atLeast: isLong ? 2_000 : 100,
    atOnce: isLong ? 40 : 20,
    shouldContinue: () => disruptions < kinds.length,
  })
  await untilAllFinished(cluster.database)
  for (const server of servers) await untilJournalIsEmpty(server)

  const evidence = await checkInvariants(cluster, visits)
  const log = servers.flatMap((server) => server.log)
  const journaled = log.filter(({ msg }) => msg === 'a result could not be saved, and waits in the outage journal')
  printFigures('database connection disrupted under load', seed, {
    disruptions,
    'results journaled': journaled.length,
    ...figuresOf(evidence),
  })
  expect(disruptions).toBeGreaterThanOrEqual(kinds.length)
  expect(log.filter(({ msg }) => msg === 'ready')).toHaveLength(servers.length)
})
