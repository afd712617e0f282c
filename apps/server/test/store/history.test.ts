import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Claim } from '../../src/registration/registration-store.ts'
import { createOperatorStore } from '../../src/store/operator/create-operator-store.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

/** A day of an outage, by the pauses between probes, and more than a row could keep before. */
const PROBES = 600

let open: OpenStore
beforeAll(async () => {
  open = await openStore()
})
afterAll(() => open[Symbol.asyncDispose]())

async function begun(): Promise<Claim> {
  const beginning = await open.store.insertIntent(aFreshIntent())
  if (beginning.kind !== 'inserted') throw new Error(beginning.kind)
  return beginning.claim
}

describe('after a day of probes', () => {
  let claim: Claim
  /** Bytes of write-ahead log that each probe cost, its claim and its end together. */
  const logged: number[] = []
  beforeAll(async () => {
    claim = await begun()
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

  it('writes down what an operator does', async () => {
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

  it('shows each call', async () => {
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

  it('writes no more log for a late probe than for an early one', () => {
    const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
    expect(median(logged.slice(-100))).toBeLessThan(1.5 * median(logged.slice(0, 100)))
  })
})

it('notes no act where the act fails, and does nothing where it can’t be noted', async () => {
  const { id } = await begun()
  const operators = createOperatorStore({
    ...open,
    leaseMs: 0,
    mayProbe: true,
    endpoints: [],
    isLinkAllowed: () => true,
  })
  const acts = async () =>
    (await open.pool.query('select action from registration_acts where registration_id = $1', [id])).rows
  await expect(operators.resolve({ id, by: 'ann', reason: 'r' }, { outcome: 'absent' })).rejects.toThrow()
  expect(await acts()).toEqual([])
  await open.pool.query(`update registrations set status = 'stuck', lease_until = null where id = $1`, [id])
  await open.pool.query(`alter table registration_acts add constraint refused check (reason <> 'refused')`)
  await expect(operators.retry({ id, by: 'ann', reason: 'refused' })).rejects.toThrow()
  await expect(operators.reveal({ id, by: 'ann', reason: 'refused' })).rejects.toThrow()
  expect(await open.store.get(id)).toMatchObject({ status: 'stuck' })
})
