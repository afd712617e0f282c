import type { PartnerCall } from '@registration/partner-sandbox'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ChaosWorld, startChaosWorld } from './support/chaos-world.ts'
import { checkInvariants } from './support/invariants.ts'
import { untilLogged } from './support/log-lines.ts'
import { PARTNER_ROWS, type PartnerRow } from './support/partner-rows.ts'
import { untilQuiet } from './support/quiescence.ts'
import type { ServerProcess } from './support/server-process.ts'
import type { Visit } from './support/visit.ts'
import { visitBy } from './support/visit-by.ts'

// They mostly wait; but ten calls in a row without an answer would open the circuit.
vi.setConfig({ maxConcurrency: 9 })

const UNANSWERED = 'a call to the partner gave no answer'
const WITHOUT_LINK = 'an account was given without a usable link'
const STUCK = 'a registration is stuck: a person has to decide'

const STATUSES = { SUCCEEDED: 'succeeded', LINK_UNAVAILABLE: 'succeeded_without_link', PARTNER_REJECTED: 'rejected' }

/** What becomes of a row's visitor: with an unknown outcome, a partner that isn't unique is asked no second time. */
function endOf(row: PartnerRow, uniqueByEmail: boolean) {
  const isUnknown = row.next === 'at once' || row.next === 'after the lease'
  return isUnknown && !uniqueByEmail
    ? { ...row, uniqueByEmail, calls: 1, code: 'PENDING', status: 'stuck', why: 'NOT_UNIQUE_BY_EMAIL', told: STUCK }
    : {
        ...row,
        uniqueByEmail,
        calls: row.next === 'never' ? 1 : 2,
        code: row.outcome,
        status: STATUSES[row.outcome],
        why: null,
        told: row.outcome === 'LINK_UNAVAILABLE' ? WITHOUT_LINK : undefined,
      }
}
const ROWS = PARTNER_ROWS.flatMap((row) => [endOf(row, true), endOf(row, false)])

describe('a partner', () => {
  let unique: ChaosWorld
  let notUnique: ChaosWorld
  const visits = { unique: [] as Visit[], notUnique: [] as Visit[] }
  beforeAll(async () => {
    // Twice as patient as other worlds, so that a busy machine can tell at once from after the lease.
    const patience = { PARTNER_TIMEOUT_MS: '2000', REQUEST_DEADLINE_MS: '10000' }
    const start = (uniqueByEmail: boolean) =>
      startChaosWorld({ replicas: 1, env: { ...patience, PARTNER_UNIQUE_BY_EMAIL: `${uniqueByEmail}` } })
    ;[unique, notUnique] = await Promise.all([start(true), start(false)])
    // What it does to whoever asks a second time.
    await notUnique.partner.misbehave('*', 'second-account')
  }, 60_000)
  afterAll(async () => {
    await unique?.[Symbol.asyncDispose]()
    await notUnique?.[Symbol.asyncDispose]()
  })

  it.concurrent.for(ROWS)(
    'does $does, unique by e-mail $uniqueByEmail: $calls calls, $code, $status',
    { timeout: 60_000 },
    async (row) => {
      const world = row.uniqueByEmail ? unique : notUnique
      const ended = row.uniqueByEmail ? visits.unique : visits.notUnique
      const email = `${row.does}@chaos.example`
      // So that the breaker doesn't take many rows' first calls for an outage.
      ended.push(await visitBy(world, `before-${email}`))
      await world.partner.misbehave(email, row.does, { times: 1, ...row.options })
      const visited = await visitBy(world, email)
      ended.push(visited)

      expect(visited.replies.map(({ code }) => code)).toEqual([row.code])
      const onFile = await world.database.query('select * from registrations where email = $1', [email])
      expect(onFile.rows).toMatchObject([{ status: row.status, stuck_reason: row.why }])
      const { calls } = await world.partner.ledger()
      const own = calls.filter((call) => call.email === email)
      expect(own).toHaveLength(row.calls)
      if (own.length === 2) expectPause(row, own, world.partnerTimeoutMs)

      const server = world.servers[0] as ServerProcess
      const registrationId: string = onFile.rows[0].id
      const reason = row.reason && expect.stringMatching(row.reason)
      if (reason) await untilLogged(server, { msg: UNANSWERED, registrationId, reason, level: 40 })
      if (row.told) await untilLogged(server, { msg: row.told, registrationId, level: 50 })
    },
  )

  it('is asked no more than that, and nothing is left undecided', { timeout: 60_000 }, async () => {
    for (const uniqueByEmail of [true, false]) {
      const [world, ended] = uniqueByEmail ? [unique, visits.unique] : [notUnique, visits.notUnique]
      await untilQuiet(world.database, 20_000)
      await checkInvariants(world, ended, { uniqueByEmail })
      expect(ended).toHaveLength(2 * PARTNER_ROWS.length)
    }
  })
})

/**
 * A lease of 2.25 timeouts begins with the claim; the first call is sent within 0.25 of one after it, and on a busy
 * machine it takes a while until the partner sees it.
 */
function expectPause({ next }: PartnerRow, [first, second]: PartnerCall[], partnerTimeoutMs: number): void {
  const pauseMs = (second?.startedAt ?? 0) - (first?.startedAt ?? 0)
  if (next === 'after the lease') expect(pauseMs).toBeGreaterThan(1.25 * partnerTimeoutMs)
  if (next === 'after Retry-After') expect(pauseMs).toBeGreaterThan(1_000 - 50)
  if (next === 'at once') expect(pauseMs).toBeLessThan(2 * partnerTimeoutMs)
}
