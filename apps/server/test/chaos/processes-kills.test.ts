import { expect, it } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { startChaosWorld } from './support/chaos-world.ts'
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
    durationMs: loadMs({ quickMs: 6_000, share: 0.25 }),
    atLeast: isLong ? 5_000 : 200,
  },
  {
    partner: 'that opens a second account for a second call',
    uniqueByEmail: false,
    durationMs: loadMs({ quickMs: 4_000, share: 0.05 }),
    atLeast: 100,
  },
]

it.each(kinds)(
  'loses nobody and registers nobody twice, at a partner $partner, while replicas are killed under load',
  { timeout: Math.max(...kinds.map(({ durationMs }) => 2 * durationMs)) + 180_000 },
  async ({ partner, uniqueByEmail, durationMs, atLeast }) => {
    await using world = await startChaosWorld({ env: { PARTNER_UNIQUE_BY_EMAIL: `${uniqueByEmail}` } })
    await misbehaveAtTimes(world.partner, 0.3)
    if (!uniqueByEmail) await world.partner.misbehave('*', 'second-account')

    const kill = nowAndThen({ servers: world.servers, everyMs: 2_500, seed }, async (server) => {
      expect(await server.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
      await server.start()
    })
    // Where nothing at the partner is unique, registering an e-mail anew in another tab does open a second account.
    const load = { seed, durationMs, atLeast, plain: !uniqueByEmail }
    const { visits, harmed: kills } = await sendVisitorsDuring(kill, world, load)
    await untilQuiet(world.database, 60_000)
    const evidence = await checkInvariants(world, visits, { uniqueByEmail })
    printFigures(`replicas killed under load, partner ${partner}`, seed, { kills, ...figuresOf(evidence) })
    expect(kills).toBeGreaterThan(0)
  },
)
