import { expect, it } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { SHORT_LIMITS, startChaosWorld } from './support/chaos-world.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { checkInvariants } from './support/invariants.ts'
import { misbehaveAtTimes } from './support/misbehave-at-times.ts'
import { nowAndThen } from './support/now-and-then.ts'
import { untilQuiet } from './support/quiescence.ts'
import { sendVisitorsDuring } from './support/send-visitors-during.ts'

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
  'loses nobody and registers nobody twice, at a partner $partner, while replicas are killed under load',
  async ({ partner, uniqueByEmail, durationMs, atLeast, killsAtLeast }) => {
    await using world = await startChaosWorld({ env: { ...SHORT_LIMITS, PARTNER_UNIQUE_BY_EMAIL: `${uniqueByEmail}` } })
    await misbehaveAtTimes(world.partner, 0.3)
    if (!uniqueByEmail) await world.partner.misbehave('*', 'second-account')

    let kills = 0
    const kill = nowAndThen({ servers: world.servers, everyMs: isLong ? 2_500 : 800, seed }, async (server) => {
      // Enough for the quick form.
      if (!isLong && kills === killsAtLeast) return
      expect(await server.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
      await server.start()
      kills++
    })
    // Where nothing at the partner is unique, registering an e-mail anew in another tab does open a second account.
    const { visits } = await sendVisitorsDuring(kill, world, {
      seed,
      durationMs,
      atLeast,
      atOnce: isLong ? 40 : 20,
      pauseMs: isLong ? 0 : 100,
      goOn: () => kills < killsAtLeast,
      plain: !uniqueByEmail,
    })
    await untilQuiet(world.database)
    const evidence = await checkInvariants(world, visits, { uniqueByEmail })
    printFigures(`replicas killed under load, partner ${partner}`, seed, { kills, ...figuresOf(evidence) })
    expect(kills).toBeGreaterThanOrEqual(killsAtLeast)
  },
)
