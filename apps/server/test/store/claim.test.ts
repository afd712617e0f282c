import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Registration } from '../../src/registration/registration.ts'
import type { Claim } from '../../src/registration/registration-store.ts'
import { findHistory } from '../../src/store/registration-calls.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

/** No test lasts as long. */
const LEASE_MS = 3_600_000

let open: OpenStore
beforeAll(async () => {
  open = await openStore({ leaseMs: LEASE_MS })
})
afterAll(() => open[Symbol.asyncDispose]())

/** A registration with a claim that nobody has settled, such as its process left it that died. */
async function leftBehind({ leaseIsOver }: { leaseIsOver: boolean }): Promise<Registration> {
  const intent = aFreshIntent()
  await open.store.insertIntent(intent)
  if (leaseIsOver)
    await open.pool.query(`update registrations set lease_until = now(), next_attempt_at = now() where id = $1`, [
      intent.id,
    ])
  return open.store.get(intent.id)
}

it('writes down which process did it, and on whose account', async () => {
  await using replica = await openStore({ replica: 'registration-0:7', by: () => 'recovery' })
  const beginning = await replica.store.insertIntent(aFreshIntent())
  if (beginning.kind !== 'inserted') throw new Error(beginning.kind)
  const { claim } = beginning
  await replica.store.settle(claim, { to: 'unasked', nextAttemptInMs: 0 })
  await replica.pool.query('update registrations set lease_until = null, next_attempt_at = now()')
  const second = await replica.store.claim(await replica.store.get(claim.id), crypto.randomUUID())
  await replica.store.closeRegistration(second?.registration ?? claim.registration, {
    to: 'stuck',
    reason: 'PROBED_IN_VAIN',
  })
  const { rows } = await replica.pool.query('select begun_by from registrations')
  const doer = { replica: 'registration-0:7', by: 'recovery' }
  expect(rows).toEqual([{ begun_by: doer.replica }])
  expect(await findHistory(replica.db, claim.id)).toMatchObject([
    { did: 'end' },
    { did: 'claim', ...doer },
    { did: 'conclude', ...doer },
  ])
})

describe('claim', () => {
  it('gives the same claim again to whoever asks with its id, since the answer was lost', async () => {
    const seen = await leftBehind({ leaseIsOver: true })
    const claimId = crypto.randomUUID()
    const claim = await open.store.claim(seen, claimId)
    expect(await open.store.claim(seen, claimId)).toMatchObject({ id: seen.id, attempt: claim?.attempt, probing: true })
    expect(await open.store.claim(seen, crypto.randomUUID())).toBeUndefined()
    const { attempts } = await open.store.get(seen.id)
    expect(attempts).toBe(claim?.attempt)
  })

  it('gives no claim again that was settled since', async () => {
    const seen = await leftBehind({ leaseIsOver: true })
    const claimId = crypto.randomUUID()
    const claim = (await open.store.claim(seen, claimId)) as Claim
    await open.store.settle(claim, { to: 'uncertain', nextAttemptInMs: 0, leaseIsOver: true })
    expect(await open.store.claim(seen, claimId)).toBeUndefined()
  })

  it('says that a lease had ended, where there was one', async () => {
    const seen = await leftBehind({ leaseIsOver: true })
    const claim = (await open.store.claim(seen, crypto.randomUUID())) as Claim
    expect(claim.tookOverAt).toEqual(expect.any(Number))
    await open.store.settle(claim, { to: 'uncertain', nextAttemptInMs: 0, leaseIsOver: true })
    expect(await open.store.claim(await open.store.get(seen.id), crypto.randomUUID())).not.toHaveProperty('tookOverAt')
  })

  it('lets one of many have the next call', async () => {
    const seen = await leftBehind({ leaseIsOver: true })
    const claims = await Promise.all(Array.from({ length: 20 }, () => open.store.claim(seen, crypto.randomUUID())))
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1)
    expect(await open.store.get(seen.id)).toMatchObject({ attempts: 2, asking: true })
  })

  it('makes a registration uncertain whose lease ran out without a result', async () => {
    const seen = await leftBehind({ leaseIsOver: true })
    expect(await open.store.claim(seen, crypto.randomUUID())).toMatchObject({
      attempt: 2,
      probing: true,
      registration: { status: 'uncertain', asking: true },
    })
  })

  it('has nothing to give while a lease runs', async () => {
    const seen = await leftBehind({ leaseIsOver: false })
    expect(await open.store.claim(seen, crypto.randomUUID())).toBeUndefined()
    expect(await open.store.get(seen.id)).toMatchObject({ status: 'pending', attempts: 1 })
  })

  it('has nothing to give to who looked before somebody else claimed', async () => {
    const seen = await leftBehind({ leaseIsOver: true })
    await open.store.claim(seen, crypto.randomUUID())
    await open.pool.query('update registrations set lease_until = now() where id = $1', [seen.id])
    expect(await open.store.claim(seen, crypto.randomUUID())).toBeUndefined()
  })

  it('starts a lease by the database’s clock', async () => {
    const seen = await leftBehind({ leaseIsOver: true })
    const leaseOnFile = `select extract(epoch from lease_until - clock_timestamp())::float8 * 1000 as ms
      from registrations where id = $1`
    const before = performance.now()
    const claim = await open.store.claim(seen, crypto.randomUUID())
    const { ms } = (await open.pool.query(leaseOnFile, [seen.id])).rows[0]
    const passedMs = performance.now() - before
    for (const leftMs of [claim?.registration.nextAttemptInMs, ms]) {
      expect(leftMs).toBeGreaterThan(LEASE_MS - passedMs - 1)
      expect(leftMs).toBeLessThanOrEqual(LEASE_MS)
    }
  })

  it('is no probe after calls that certainly did nothing', async () => {
    const { id } = await leftBehind({ leaseIsOver: false })
    await open.store.settle({ id, attempt: 1 }, { to: 'unasked', nextAttemptInMs: 0 })
    expect(await open.store.claim(await open.store.get(id), crypto.randomUUID())).toMatchObject({
      attempt: 2,
      probing: false,
      registration: { status: 'pending', uncertainForMs: 0 },
    })
  })

  it.each(['succeeded', 'succeeded_without_link', 'rejected', 'released', 'stuck'] as const)(
    'has nothing to give of what is %s',
    async (status) => {
      const { id } = await leftBehind({ leaseIsOver: true })
      await open.pool.query('update registrations set status = $1 where id = $2', [status, id])
      expect(await open.store.claim(await open.store.get(id), crypto.randomUUID())).toBeUndefined()
    },
  )
})
