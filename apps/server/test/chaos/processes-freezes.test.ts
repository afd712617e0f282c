import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { disruptPeriodically } from './support/disrupt-periodically.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { startHeldPartner } from './support/held-partner.ts'
import { injectPartnerFaults } from './support/inject-partner-faults.ts'
import { checkInvariants } from './support/invariants.ts'
import { sendVisitorsDuring } from './support/send-visitors-during.ts'
import { type ServerProcess, startServerProcess } from './support/server-process.ts'
import { openTcpProxy } from './support/tcp-proxy.ts'
import { SHORT_LIMITS, startTestCluster } from './support/test-cluster.ts'
import { untilAllFinished } from './support/until-all-finished.ts'
import { HUNG_AFTER_MS, type Visit, visit } from './support/visit.ts'

const { seed, isLong } = chaosRun

/** Makes a visit at this replica. */
function visitAt(target: ServerProcess | undefined, email = 'ann@chaos.example'): Promise<Visit> {
  const key = `key of ${email}`
  return visit({ name: 'Ann', email, key, transport: 'rest', target: () => target, patienceMs: HUNG_AFTER_MS })
}

it('a process that was frozen past its lease does not send its call', async () => {
  const databaseUrl = await freshDatabase()
  await using proxy = await openTcpProxy(databaseUrl)
  // The frozen replica sets the lease; the other one has a long time-out, for slow machines.
  const { PARTNER_TIMEOUT_MS } = SHORT_LIMITS
  const env = { DATABASE_URL: proxy.url, PARTNER_TIMEOUT_MS }
  await using cluster = await startTestCluster({ replicas: 1, databaseUrl, env })
  using folder = temporaryFolder()
  const [frozen] = cluster.servers
  await using other = await startServerProcess({
    ...frozen?.env,
    DATABASE_URL: databaseUrl,
    PARTNER_TIMEOUT_MS: '120000',
    DATA_DIR: folder.path,
  })
  const inserting = (sent: string) => sent.includes('insert-intents')
  const heldUp = proxy.injectFault({ matches: inserting, lose: 'answer', by: 'silence' })
  const first = visitAt(frozen)
  await heldUp
  await expect
    .poll(async () => (await cluster.database.query('select asking from registrations')).rows)
    .toEqual([{ asking: true }])
  // The claim is committed, and its process learns of it only after it resumes.
  frozen?.signal('SIGSTOP')
  await proxy.restore({ late: true })

  const second = await visitAt(other)
  expect(second.last).toMatchObject({ code: 'SUCCEEDED' })
  frozen?.signal('SIGCONT')
  expect((await first).last.answer).toMatchObject({ depositUrl: linkOf(second) })
  const { calls } = await checkInvariants(cluster, [await first, second])
  expect(calls).toHaveLength(1)
})

it('a link that a frozen process reads after its lease is saved', async () => {
  await using partner = await startHeldPartner()
  await using cluster = await startTestCluster({ partner })
  const [frozen, other] = cluster.servers
  const first = visitAt(frozen)
  await partner.until(({ calls }) => calls.length === 1)
  frozen?.signal('SIGSTOP')
  partner.release()
  // Ends the lease by hand: a lease short enough to end during the freeze could end before it.
  await cluster.database.query(
    'update registrations set lease_until = clock_timestamp(), next_attempt_at = clock_timestamp()',
  )

  // The other replica took over, and the partner answered that the e-mail is registered already.
  const second = await visitAt(other)
  expect(second.last).toMatchObject({ code: 'LINK_UNAVAILABLE' })
  frozen?.signal('SIGCONT')
  expect((await first).last).toMatchObject({ code: 'SUCCEEDED' })
  const third = await visitAt(other)
  expect(third.last.answer).toMatchObject({ depositUrl: linkOf(await first), replayed: true })
  await checkInvariants({ ...cluster, partnerTimeoutMs: 0 }, [await first, second, third])
})

it.runIf(isLong)('freezing replicas past their leases under load causes no overlapping calls', async () => {
  await using cluster = await startTestCluster({ env: SHORT_LIMITS })
  await injectPartnerFaults(cluster.partner, 0.3)
  const leaseMs = 2.25 * cluster.partnerTimeoutMs
  let freezes = 0
  const freeze = disruptPeriodically({ servers: cluster.servers, everyMs: 2_000, seed }, async (server) => {
    server.signal('SIGSTOP')
    await pause(1.5 * leaseMs)
    server.signal('SIGCONT')
    freezes++
  })
  const durationMs = loadMs({ quickMs: 0, share: 0.1 })
  const { visits } = await sendVisitorsDuring(freeze, cluster, {
    seed,
    durationMs,
    atLeast: 1_000,
    shouldContinue: () => freezes === 0,
  })
  await untilAllFinished(cluster.database)
  const evidence = await checkInvariants(cluster, visits, { frozen: true })
  printFigures('replicas frozen under load', seed, { freezes, ...figuresOf(evidence) })
})

function linkOf({ last: { answer } }: Visit): string {
  if (!answer?.success || answer.depositUrl === null) throw new Error(`There is no link: ${JSON.stringify(answer)}`)
  return answer.depositUrl
}
