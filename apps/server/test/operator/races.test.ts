import { expect, it } from 'vitest'
import type { RowTemporarilyUnwritable } from '../../src/registration/store-errors.ts'
import { createOperatorStore } from '../../src/store/operator/create-operator-store.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { openStore } from '../support/open-store.ts'

const RACES = 60
/** Longer than any test. */
const LEASE_MS = 600_000
const LINK = 'https://partner.example/deposit'
const ACT = { by: 'ann', reason: 'looked it up' }

it('a late link wins over an operator’s concurrent or later resolution', async () => {
  await using open = await openStore({ leaseMs: LEASE_MS })
  const operators = createOperatorStore({
    db: open.db,
    box: open.box,
    leaseMs: 30_000,
    mayProbe: true,
    isLinkAllowed: () => true,
    endpoints: [],
  })
  const results = await Promise.all(
    Array.from({ length: RACES }, async (_, race) => {
      const inserted = await open.store.insertIntent(aFreshIntent())
      if (inserted.kind !== 'inserted') throw new Error('not inserted')
      const { claim } = inserted
      const { id } = claim
      await open.pool.query(`update registrations set status = 'uncertain', lease_until = null where id = $1`, [id])
      const answer = { success: true, domain: 'partner.example', deposit: '/deposit' }
      // The writer tries again if the row is locked at that moment.
      const settleLate = (): Promise<unknown> =>
        open.store
          .settle(claim, { to: 'succeeded', answer, depositUrl: LINK })
          .catch((error: RowTemporarilyUnwritable) => (error.isBrief ? settleLate() : Promise.reject(error)))
      const resolveAbsent = () =>
        operators.resolve({ id, ...ACT }, { outcome: 'absent' }).then(
          () => 'resolved',
          () => 'refused',
        )
      const [resolution] = await Promise.all(
        race % 2 === 0 ? [resolveAbsent(), settleLate()] : [settleLate().then(resolveAbsent), undefined],
      )
      return { resolution, ...(await operators.get(id)) }
    }),
  )
  for (const { resolution, status, history } of results) {
    expect(status).toBe('succeeded')
    expect(history.some(({ kind }) => kind === 'action')).toBe(resolution === 'resolved')
  }
  expect(results.filter(({ resolution }) => resolution === 'refused').length).toBeGreaterThanOrEqual(RACES / 2)
})

it('of a concurrent claim by recovery and a resolution by an operator exactly one succeeds', async () => {
  await using open = await openStore({ leaseMs: LEASE_MS })
  const operators = createOperatorStore({
    db: open.db,
    box: open.box,
    leaseMs: 30_000,
    mayProbe: true,
    isLinkAllowed: () => true,
    endpoints: [],
  })
  const results = await Promise.all(
    Array.from({ length: RACES }, async () => {
      const inserted = await open.store.insertIntent(aFreshIntent())
      if (inserted.kind !== 'inserted') throw new Error('not inserted')
      const { id } = inserted.claim
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
  for (const { claimed, resolved, status } of results) {
    expect(claimed).toBe(!resolved)
    expect(status).toBe(resolved ? 'succeeded_without_link' : 'uncertain')
  }
})
