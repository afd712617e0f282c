import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Claim } from '../../src/registration/registration-store.ts'
import { createOperatorStore } from '../../src/store/operator/create-operator-store.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

/** The number of probes in a day-long outage. */
const PROBES = 600

let open: OpenStore
beforeAll(async () => {
  open = await openStore()
})
afterAll(() => open[Symbol.asyncDispose]())

async function insertClaim(): Promise<Claim> {
  const inserted = await open.store.insertIntent(aFreshIntent())
  if (inserted.kind !== 'inserted') throw new Error(inserted.kind)
  return inserted.claim
}

describe('after a day of probes', () => {
  let claim: Claim
  /** Bytes of write-ahead log per probe, for its claim and its end. */
  const logged: number[] = []
  beforeAll(async () => {
    claim = await insertClaim()
    for (let probe = 1; probe <= PROBES; probe++) {
      const { rows: before } = await open.pool.query('select pg_current_wal_insert_lsn() as at')
      await open.store.settle(claim, { to: 'uncertain', nextAttemptInMs: 0, leaseIsOver: true })
      claim = (await open.store.claim(await open.store.get(claim.id), crypto.randomUUID())) as Claim
      const { rows: after } = await open.pool.query('select pg_current_wal_insert_lsn() - $1::pg_lsn as bytes', [
        before[0].at,
      ])
      logged.push(Number(after[0].bytes))
    }
  })

  it('an operator’s action is recorded', async () => {
    const operators = createOperatorStore({
      ...open,
      leaseMs: 0,
      mayProbe: true,
      endpoints: [],
      isLinkAllowed: () => true,
    })
    await operators.reveal({ id: claim.id, by: 'ann', reason: 'a ticket' })
    const { history } = await operators.get(claim.id)
    expect(history[0]).toMatchObject({ kind: 'action', action: 'reveal', by: 'ann', reason: 'a ticket' })
  })

  it('the history has each call', async () => {
    const operators = createOperatorStore({
      ...open,
      leaseMs: 0,
      mayProbe: true,
      endpoints: [],
      isLinkAllowed: () => true,
    })
    const { history } = await operators.get(claim.id)
    expect(history.filter(({ kind }) => kind === 'call')).toHaveLength(PROBES + 1)
  })

  it('a late probe writes no more to the write-ahead log than an early one', () => {
    const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
    expect(median(logged.slice(-100))).toBeLessThan(1.5 * median(logged.slice(0, 100)))
  })
})

it('a failed action is not recorded, and an action that cannot be recorded changes nothing', async () => {
  const { id } = await insertClaim()
  const operators = createOperatorStore({
    ...open,
    leaseMs: 0,
    mayProbe: true,
    endpoints: [],
    isLinkAllowed: () => true,
  })
  const actions = async () =>
    (await open.pool.query('select action from registration_acts where registration_id = $1', [id])).rows
  await expect(operators.resolve({ id, by: 'ann', reason: 'r' }, { outcome: 'absent' })).rejects.toThrow()
  expect(await actions()).toEqual([])
  await open.pool.query(`update registrations set status = 'stuck', lease_until = null where id = $1`, [id])
  await open.pool.query(`alter table registration_acts add constraint refused check (reason <> 'refused')`)
  await expect(operators.retry({ id, by: 'ann', reason: 'refused' })).rejects.toThrow()
  await expect(operators.reveal({ id, by: 'ann', reason: 'refused' })).rejects.toThrow()
  expect(await open.store.get(id)).toMatchObject({ status: 'stuck' })
})
