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
const ACT = { by: 'ann', reason: 'the partner works again' }
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

/** Ports of a partner that may create a second account, with or without a lookup. `register` always fails. */
function createContext(lookUp?: Partner['lookUp']) {
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

async function insertStuck(): Promise<string> {
  const inserted = await open.store.insertIntent(aFreshIntent())
  if (inserted.kind !== 'inserted') throw new Error('not inserted')
  const { id } = inserted.claim
  await open.pool.query(
    `update registrations set status = 'stuck', stuck_reason = 'PROBED_IN_VAIN', asking = false, lease_until = null,
       next_attempt_at = null, uncertain_since = now() - interval '1 day' where id = $1`,
    [id],
  )
  return id
}

it('after a retry, recovery looks the account up and does not register it again', async () => {
  const { ports, operators, register } = createContext(async () => ACCOUNT)
  const id = await insertStuck()
  expect(await operators.retry({ id, ...ACT })).toMatchObject({ status: 'uncertain' })
  await advanceRegistration(ports, await open.store.get(id), { share: 'recovery', msLeft: () => 0 })
  expect(await operators.get(id)).toMatchObject({ status: 'succeeded' })
  expect(register).not.toHaveBeenCalled()
})

it('a retry is refused if the partner has no lookup and a second call could create a second account', async () => {
  const { operators } = createContext()
  const id = await insertStuck()
  await expect(operators.retry({ id, ...ACT })).rejects.toThrow('no look-up')
  expect((await operators.get(id)).status).toBe('stuck')
})

it('a retry concurrent with a claim by recovery does not end its lease', async () => {
  const { operators } = createContext(async () => ACCOUNT)
  const ids = await Promise.all(Array.from({ length: RACES }, insertStuck))
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
