import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Registration } from '../../src/registration/registration.ts'
import type { Claim } from '../../src/registration/registration-store.ts'
import { findHistory } from '../../src/store/registration-calls.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

/** Longer than any test. */
const LEASE_MS = 3_600_000

let open: OpenStore
beforeAll(async () => {
  open = await openStore({ leaseMs: LEASE_MS })
})
afterAll(() => open[Symbol.asyncDispose]())

/** A registration with an unsettled first claim, as a process leaves it that died during the call. */
async function insertAbandoned({ leaseIsOver }: { leaseIsOver: boolean }): Promise<Registration> {
  const intent = aFreshIntent()
  await open.store.insertIntent(intent)
  if (leaseIsOver)
    await open.pool.query(`update registrations set lease_until = now(), next_attempt_at = now() where id = $1`, [
      intent.id,
    ])
  return open.store.get(intent.id)
}

it('the history names the process of each call, and whether a request or recovery caused it', async () => {
  await using replica = await openStore({ replica: 'registration-0:7', by: () => 'recovery' })
  const inserted = await replica.store.insertIntent(aFreshIntent())
  if (inserted.kind !== 'inserted') throw new Error(inserted.kind)
  const { claim } = inserted
  await replica.store.settle(claim, { to: 'retry', nextAttemptInMs: 0 })
  await replica.pool.query('update registrations set lease_until = null, next_attempt_at = now()')
  const second = await replica.store.claim(await replica.store.get(claim.id), crypto.randomUUID())
  await replica.store.closeRegistration(second?.registration ?? claim.registration, {
    to: 'stuck',
    reason: 'PROBED_IN_VAIN',
  })
  const { rows } = await replica.pool.query('select begun_by from registrations')
  const actor = { replica: 'registration-0:7', by: 'recovery' }
  expect(rows).toEqual([{ begun_by: actor.replica }])
  expect(await findHistory(replica.db, claim.id)).toMatchObject([
    { did: 'end' },
    { did: 'claim', ...actor },
    { did: 'conclude', ...actor },
  ])
})

describe('claim', () => {
  it('a repeated claim with the same claim id returns the same claim', async () => {
    const seen = await insertAbandoned({ leaseIsOver: true })
    const claimId = crypto.randomUUID()
    const claim = await open.store.claim(seen, claimId)
    expect(await open.store.claim(seen, claimId)).toMatchObject({ id: seen.id, attempt: claim?.attempt, probing: true })
    expect(await open.store.claim(seen, crypto.randomUUID())).toBeUndefined()
    const { attempts } = await open.store.get(seen.id)
    expect(attempts).toBe(claim?.attempt)
  })

  it('a repeated claim with the same claim id fails after it was settled', async () => {
    const seen = await insertAbandoned({ leaseIsOver: true })
    const claimId = crypto.randomUUID()
    const claim = (await open.store.claim(seen, claimId)) as Claim
    await open.store.settle(claim, { to: 'uncertain', nextAttemptInMs: 0, leaseIsOver: true })
    expect(await open.store.claim(seen, claimId)).toBeUndefined()
  })

  it('a claim has `tookOverAt` only if it replaces an expired lease', async () => {
    const seen = await insertAbandoned({ leaseIsOver: true })
    const claim = (await open.store.claim(seen, crypto.randomUUID())) as Claim
    expect(claim.tookOverAt).toEqual(expect.any(Number))
    await open.store.settle(claim, { to: 'uncertain', nextAttemptInMs: 0, leaseIsOver: true })
    expect(await open.store.claim(await open.store.get(seen.id), crypto.randomUUID())).not.toHaveProperty('tookOverAt')
  })

  it('of concurrent claims exactly one succeeds', async () => {
    const seen = await insertAbandoned({ leaseIsOver: true })
    const claims = await Promise.all(Array.from({ length: 20 }, () => open.store.claim(seen, crypto.randomUUID())))
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1)
    expect(await open.store.get(seen.id)).toMatchObject({ attempts: 2, asking: true })
  })

  it('a claim after an expired lease makes a pending registration uncertain', async () => {
    const seen = await insertAbandoned({ leaseIsOver: true })
    expect(await open.store.claim(seen, crypto.randomUUID())).toMatchObject({
      attempt: 2,
      probing: true,
      registration: { status: 'uncertain', asking: true },
    })
  })

  it('a claim fails during a lease', async () => {
    const seen = await insertAbandoned({ leaseIsOver: false })
    expect(await open.store.claim(seen, crypto.randomUUID())).toBeUndefined()
    expect(await open.store.get(seen.id)).toMatchObject({ status: 'pending', attempts: 1 })
  })

  it('a claim fails if another process has claimed since the row was read', async () => {
    const seen = await insertAbandoned({ leaseIsOver: true })
    await open.store.claim(seen, crypto.randomUUID())
    await open.pool.query('update registrations set lease_until = now() where id = $1', [seen.id])
    expect(await open.store.claim(seen, crypto.randomUUID())).toBeUndefined()
  })

  it('a claim starts a lease by the database’s clock', async () => {
    const seen = await insertAbandoned({ leaseIsOver: true })
    const savedLease = `select extract(epoch from lease_until - clock_timestamp())::float8 * 1000 as ms
      from registrations where id = $1`
    const before = performance.now()
    const claim = await open.store.claim(seen, crypto.randomUUID())
    const { ms } = (await open.pool.query(savedLease, [seen.id])).rows[0]
    const passedMs = performance.now() - before
    for (const leftMs of [claim?.registration.nextAttemptInMs, ms]) {
      expect(leftMs).toBeGreaterThan(LEASE_MS - passedMs - 1)
      expect(leftMs).toBeLessThanOrEqual(LEASE_MS)
    }
  })

  it('a claim after calls that were not processed is not a probe', async () => {
    const { id } = await insertAbandoned({ leaseIsOver: false })
    await open.store.settle({ id, attempt: 1 }, { to: 'retry', nextAttemptInMs: 0 })
    expect(await open.store.claim(await open.store.get(id), crypto.randomUUID())).toMatchObject({
      attempt: 2,
      probing: false,
      registration: { status: 'pending', uncertainForMs: 0 },
    })
  })

  it.each(['succeeded', 'succeeded_without_link', 'rejected', 'released', 'stuck'] as const)(
    'a claim of a registration that is %s fails',
    async (status) => {
      const { id } = await insertAbandoned({ leaseIsOver: true })
      await open.pool.query('update registrations set status = $1 where id = $2', [status, id])
      expect(await open.store.claim(await open.store.get(id), crypto.randomUUID())).toBeUndefined()
    },
  )
})
