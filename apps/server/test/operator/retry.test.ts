import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createPartnerGate } from '../../src/partner/create-partner-gate.ts'
import { advanceRegistration } from '../../src/registration/advance-registration.ts'
import { processClock } from '../../src/registration/clock.ts'
import { createDatabaseClock } from '../../src/registration/database-clock.ts'
import type { LookUpResult, Partner } from '../../src/registration/partner.ts'
import { mayProbe } from '../../src/registration/policy.ts'
import type { RegistrationPorts } from '../../src/registration/ports.ts'
import { createOperatorStore } from '../../src/store/operator/create-operator-store.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

const RACES = 60
const LEASE_MS = 600_000
const ACT = { by: 'ann', reason: 'the partner is well again' }
const ACCOUNT: LookUpResult = {
  kind: 'accepted',
  answer: { success: true, domain: 'partner.example', deposit: '/deposit' },
  depositUrl: 'https://partner.example/deposit',
}

let open: OpenStore
beforeAll(async () => {
  open = await openStore({ leaseMs: LEASE_MS })
})
afterAll(() => open?.[Symbol.asyncDispose]())

/** Where a second call can make a second account, and the partner can be asked for the first one, or can't. */
function aWorld(lookUp?: Partner['lookUp']) {
  const register = vi.fn<Partner['register']>(() => Promise.reject(new Error('a second account')))
  const policy = { partnerTimeoutMs: 600_000, uniqueByEmail: false, probeForMs: 60_000, requestDeadlineMs: 600_000 }
  const listener = { callEnded: () => undefined, moved: () => undefined }
  const ports = {
    ...{ store: open.store, policy, listener, clock: processClock, pauses: { next: () => 1_000 } },
    partner: { register, ...(lookUp && { lookUp }) },
    changes: { notify: () => undefined },
    gate: createPartnerGate({ calls: 10, clock: processClock }),
    databaseClock: createDatabaseClock(600_000),
  } as unknown as RegistrationPorts
  const operators = createOperatorStore({
    db: open.db,
    box: open.box,
    leaseMs: 30_000,
    mayProbe: mayProbe(ports),
    isLinkAllowed: () => true,
    endpoints: [],
  })
  return { ports, operators, register }
}

async function stuck(): Promise<string> {
  const beginning = await open.store.insertIntent(aFreshIntent())
  if (beginning.kind !== 'inserted') throw new Error('not begun')
  const { id } = beginning.claim
  await open.pool.query(
    `update registrations set status = 'stuck', stuck_reason = 'PROBED_IN_VAIN', asking = false, lease_until = null,
       next_attempt_at = null, uncertain_since = now() - interval '1 day' where id = $1`,
    [id],
  )
  return id
}

it('lets recovery look the account up, and never ask for a second one', async () => {
  const { ports, operators, register } = aWorld(async () => ACCOUNT)
  const id = await stuck()
  expect(await operators.retry({ id, ...ACT })).toMatchObject({ status: 'uncertain' })
  await advanceRegistration(ports, await open.store.get(id), { share: 'recovery', msLeft: () => 0 })
  expect(await operators.get(id)).toMatchObject({ status: 'succeeded' })
  expect(register).not.toHaveBeenCalled()
})

it('is refused where the partner can’t be asked at all', async () => {
  const { operators } = aWorld()
  const id = await stuck()
  await expect(operators.retry({ id, ...ACT })).rejects.toThrow('no look-up')
  expect((await operators.get(id)).status).toBe('stuck')
})

it('ends no lease that recovery has just taken, whoever comes first', async () => {
  const { operators } = aWorld(async () => ACCOUNT)
  const ids = await Promise.all(Array.from({ length: RACES }, stuck))
  await Promise.all(
    ids.map(async (id, race) => {
      await operators.retry({ id, ...ACT })
      const seen = await open.store.get(id)
      const claiming = () => open.store.claim(seen, crypto.randomUUID())
      const retrying = () => operators.retry({ id, ...ACT })
      await Promise.all(race % 2 === 0 ? [claiming(), retrying()] : [retrying(), claiming()])
    }),
  )
  const { rows } = await open.pool.query(
    `select attempts, asking, lease_until > clock_timestamp() as leased, next_attempt_at >= lease_until as waits
     from registrations where id = any($1)`,
    [ids],
  )
  expect(rows).toEqual(Array.from({ length: RACES }, () => ({ attempts: 2, asking: true, leased: true, waits: true })))
})
