import { expect, it } from 'vitest'
import type { NotThisRowNow } from '../../src/registration/store-errors.ts'
import { createOperatorStore } from '../../src/store/operator/create-operator-store.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { openStore } from '../support/open-store.ts'

const RACES = 60
/** Longer than any test. */
const LEASE_MS = 600_000
const LINK = 'https://partner.example/deposit'
const ACT = { by: 'ann', reason: 'looked it up' }

it('lets a late link win over what an operator found, whoever comes first', async () => {
  await using open = await openStore({ leaseMs: LEASE_MS })
  const operators = createOperatorStore({
    db: open.db,
    box: open.box,
    leaseMs: 30_000,
    mayProbe: true,
    isLinkAllowed: () => true,
    endpoints: [],
  })
  const endings = await Promise.all(
    Array.from({ length: RACES }, async (_, race) => {
      const beginning = await open.store.insertIntent(aFreshIntent())
      if (beginning.kind !== 'inserted') throw new Error('not begun')
      const { claim } = beginning
      const { id } = claim
      await open.pool.query(`update registrations set status = 'uncertain', lease_until = null where id = $1`, [id])
      const answer = { success: true, domain: 'partner.example', deposit: '/deposit' }
      // Where the row is locked at that moment, its writer tries again.
      const late = (): Promise<unknown> =>
        open.store
          .settle(claim, { to: 'succeeded', answer, depositUrl: LINK })
          .catch((error: NotThisRowNow) => (error.isBrief ? late() : Promise.reject(error)))
      const found = () =>
        operators.resolve({ id, ...ACT }, { outcome: 'absent' }).then(
          () => 'resolved',
          () => 'refused',
        )
      const [told] = await Promise.all(race % 2 === 0 ? [found(), late()] : [late().then(found), undefined])
      return { told, ...(await operators.get(id)) }
    }),
  )
  for (const { told, status, history } of endings) {
    expect(status).toBe('succeeded')
    expect(history.some(({ kind }) => kind === 'action')).toBe(told === 'resolved')
  }
  expect(endings.filter(({ told }) => told === 'refused').length).toBeGreaterThanOrEqual(RACES / 2)
})

it('never resolves what recovery has just claimed, nor lets recovery claim what is resolved', async () => {
  await using open = await openStore({ leaseMs: LEASE_MS })
  const operators = createOperatorStore({
    db: open.db,
    box: open.box,
    leaseMs: 30_000,
    mayProbe: true,
    isLinkAllowed: () => true,
    endpoints: [],
  })
  const endings = await Promise.all(
    Array.from({ length: RACES }, async () => {
      const beginning = await open.store.insertIntent(aFreshIntent())
      if (beginning.kind !== 'inserted') throw new Error('not begun')
      const { id } = beginning.claim
      await open.pool.query(
        `update registrations set status = 'uncertain', asking = false, lease_until = null where id = $1`,
        [id],
      )
      const seen = await open.store.get(id)
      const [claim, resolved] = await Promise.all([
        open.store.claim(seen, crypto.randomUUID()),
        operators.resolve({ id, ...ACT }, { outcome: 'account_without_link' }).then(
          () => true,
          () => false,
        ),
      ])
      return { claimed: claim !== undefined, resolved, status: (await operators.get(id)).status }
    }),
  )
  for (const { claimed, resolved, status } of endings) {
    expect(claimed).toBe(!resolved)
    expect(status).toBe(resolved ? 'succeeded_without_link' : 'uncertain')
  }
})
