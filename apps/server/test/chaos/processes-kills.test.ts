import { expect, it } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { disruptPeriodically } from './support/disrupt-periodically.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { injectPartnerFaults } from './support/inject-partner-faults.ts'
import { checkInvariants } from './support/invariants.ts'
import { sendVisitorsDuring } from './support/send-visitors-during.ts'
import { SHORT_LIMITS, startTestCluster } from './support/test-cluster.ts'
import { untilAllFinished } from './support/until-all-finished.ts'

const { seed, isLong } = chaosRun

const kinds = [
  {
    partner: 'unique by e-mail',
    uniqueByEmail: true,
    durationMs: loadMs({ quickMs: 0, share: 0.25 }),
    atLeast: isLong ? 5_000 : 120,
    killsAtLeast: 2,
  },
  {
    partner: 'that opens a second account for a second call',
    uniqueByEmail: false,
    durationMs: loadMs({ quickMs: 0, share: 0.05 }),
    atLeast: isLong ? 100 : 60,
    killsAtLeast: 1,
  },
]

it.each(kinds)(
  'killing replicas under load loses no registration and creates no second account, with a partner $partner',
  async ({ partner, uniqueByEmail, durationMs, atLeast, killsAtLeast }) => {
    await using cluster = await startTestCluster({
      env: { ...SHORT_LIMITS, PARTNER_UNIQUE_BY_EMAIL: `${uniqueByEmail}` },
    })
    await injectPartnerFaults(cluster.partner, 0.3)
    if (!uniqueByEmail) await cluster.partner.misbehave('*', 'second-account')

    let kills = 0
    const kill = disruptPeriodically(
      { servers: cluster.servers, everyMs: isLong ? 2_500 : 800, seed },
      async (server) => {
        // One kill is enough for the quick form.
        if (!isLong && kills === killsAtLeast) return
        expect(await server.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
        await server.start()
        kills++
      },
    )
    // If the partner isn't unique by e-mail, a second tab does create a second account.
    const { visits } = await sendVisitorsDuring(kill, cluster, {
      seed,
      durationMs,
      atLeast,
      atOnce: isLong ? 40 : 20,
      pauseMs: isLong ? 0 : 100,
      shouldContinue: () => kills < killsAtLeast,
      onePageEach: !uniqueByEmail,
    })
    await untilAllFinished(cluster.database)
    const evidence = await checkInvariants(cluster, visits, { uniqueByEmail })
    printFigures(`replicas killed under load, partner ${partner}`, seed, { kills, ...figuresOf(evidence) })
    expect(kills).toBeGreaterThanOrEqual(killsAtLeast)
  },
)
