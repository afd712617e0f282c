import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RegistrationStatus } from '../../src/registration/registration.ts'
import type { Claim } from '../../src/registration/registration-store.ts'
import { applySettlement, type Settlement } from '../../src/registration/settlement.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

/** Longer than any test. */
const LEASE_MS = 3_600_000

let open: OpenStore
beforeAll(async () => {
  open = await openStore({ leaseMs: LEASE_MS })
})
afterAll(() => open[Symbol.asyncDispose]())

async function insertClaim(): Promise<Claim> {
  const inserted = await open.store.insertIntent(aFreshIntent())
  if (inserted.kind !== 'inserted') throw new Error(`Not inserted: ${inserted.kind}`)
  return inserted.claim
}

/** An outdated claim: another process has claimed the next call, which brought the row to this status. */
async function insertOutdatedClaim(status: RegistrationStatus): Promise<Claim> {
  const claim = await insertClaim()
  await open.pool.query('update registrations set attempts = 2, status = $1, asking = false where id = $2', [
    status,
    claim.id,
  ])
  return claim
}

const answer = { success: true, domain: 'partner.example', login: 7, password: 'p', deposit: '/deposit' }
const depositUrl = 'https://partner.example/deposit'
const succeeded: Settlement = { to: 'succeeded', answer, depositUrl }

const SETTLEMENTS: Settlement[] = [
  succeeded,
  { to: 'succeeded', answer: { ...answer, autologin: depositUrl }, depositUrl },
  { to: 'succeeded_without_link', answer },
  { to: 'succeeded_without_link', answer: null },
  { to: 'rejected', code: 'MULTIPLE_ACCOUNTS', message: 'No' },
  { to: 'rejected', code: 'PARTNER_REJECTED', message: null },
  { to: 'retry', nextAttemptInMs: 60_000 },
  { to: 'uncertain', nextAttemptInMs: 60_000, leaseIsOver: true },
  { to: 'uncertain', nextAttemptInMs: 60_000, leaseIsOver: false },
  { to: 'uncertain', nextAttemptInMs: 10, leaseIsOver: false },
  { to: 'stuck', reason: 'NOT_UNIQUE_BY_EMAIL' },
]
const ALL_BUT_SUCCESS = SETTLEMENTS.filter(({ to }) => to !== 'succeeded')
const isFinal = ({ to }: Settlement) => to.startsWith('succeeded') || to === 'rejected'
const UNFINISHED = ['pending', 'uncertain'] as const
const FINISHED = ['succeeded', 'succeeded_without_link', 'rejected', 'released', 'stuck'] as const

describe('settle', () => {
  describe.each(SETTLEMENTS)('to $to', (settlement) => {
    it('by the newest claim is saved', async () => {
      const claim = await insertClaim()
      const settled = await open.store.settle(claim, settlement)
      const status = settlement.to === 'retry' ? 'pending' : settlement.to
      expect(settled).toMatchObject({ status, asking: false, attempts: 1 })
      expect(await open.store.get(claim.id)).toMatchObject({ status, asking: false, attempts: 1 })
    })

    it('returns, without reading it back, the registration that is saved', async () => {
      const insertedAt = performance.now()
      const claim = await insertClaim()
      await open.store.settle(claim, settlement)
      const saved = await open.store.get(claim.id)
      const returned = applySettlement(claim.registration, settlement)
      const uncertainForMs = expect.any(Number)
      expect({ ...returned, uncertainForMs }).toEqual({
        ...saved,
        uncertainForMs,
        nextAttemptInMs: returned.nextAttemptInMs,
      })
      // The time since it was settled, at most the time since it was inserted. Both are rounded to 1 ms.
      const passedMs = returned.nextAttemptInMs - saved.nextAttemptInMs
      expect(passedMs).toBeGreaterThanOrEqual(-1)
      expect(passedMs).toBeLessThanOrEqual(performance.now() - insertedAt + 1)
    })

    it('twice changes nothing the second time', async () => {
      const claim = await insertClaim()
      const first = await open.store.settle(claim, settlement)
      const second = await open.store.settle(claim, settlement)
      expect(second).toMatchObject({ status: first.status, attempts: 1, depositUrl: first.depositUrl })
    })
  })

  describe.each(ALL_BUT_SUCCESS)('to $to by an outdated claim', (settlement) => {
    it.each([...UNFINISHED, ...FINISHED])('does not change a registration that is %s', async (status) => {
      const claim = await insertOutdatedClaim(status)
      expect(await open.store.settle(claim, settlement)).toMatchObject({ status, attempts: 2 })
    })
  })

  describe('to succeeded by an outdated claim', () => {
    it.each([...UNFINISHED, ...FINISHED].filter((status) => status !== 'succeeded'))(
      'overwrites a registration that is %s, so that no link is lost',
      async (status) => {
        const claim = await insertOutdatedClaim(status)
        expect(await open.store.settle(claim, succeeded)).toMatchObject({ status: 'succeeded', depositUrl })
        expect(await open.store.get(claim.id)).toMatchObject({
          status: 'succeeded',
          depositUrl,
          rejection: null,
          stuckReason: null,
          attempts: 2,
        })
      },
    )

    it.each(['pending', 'uncertain', 'stuck', 'succeeded_without_link'] as const)(
      'without a link saves login and password beside the newest claim’s status %s',
      async (status) => {
        const claim = await insertOutdatedClaim(status)
        await open.store.settle(claim, { to: 'succeeded_without_link', answer })
        expect(await open.store.get(claim.id)).toMatchObject({ status, attempts: 2 })
        const newest = { ...claim, attempt: 2 }
        await open.store.settle(newest, { to: 'succeeded_without_link', answer: null })
        const { partnerAccount } = await open.store.get(claim.id)
        expect(partnerAccount).toMatchObject({ login: 7, password: 'p' })
      },
    )

    it('after a first success returns the first one unchanged', async () => {
      const claim = await insertClaim()
      await open.store.settle(claim, succeeded)
      const later: Settlement = { ...succeeded, depositUrl: 'https://partner.example/other' }
      expect(await open.store.settle(claim, later)).toMatchObject({ status: 'succeeded', depositUrl })
    })

    it('concurrently with others saves one link, which all calls return', async () => {
      const claim = await insertClaim()
      const links = Array.from({ length: 10 }, (_, index) => `https://partner.example/${index}`)
      const settled = await Promise.all(
        links.map((link) => open.store.settle(claim, { ...succeeded, depositUrl: link })),
      )
      const { depositUrl: saved } = await open.store.get(claim.id)
      expect(settled.map((registration) => registration.depositUrl)).toEqual(links.map(() => saved))
    })

    it.each(ALL_BUT_SUCCESS)('keeps the link if the newest claim settles to $to concurrently', async (settlement) => {
      const late = await insertOutdatedClaim('uncertain')
      const newest = { id: late.id, attempt: 2 }
      await Promise.all([open.store.settle(newest, settlement), open.store.settle(late, succeeded)])
      expect(await open.store.get(late.id)).toMatchObject({ status: 'succeeded', depositUrl })
    })
  })

  describe('by the newest claim', () => {
    it.each(FINISHED.filter((status) => status !== 'succeeded' && status !== 'stuck'))(
      'does not change a registration that has become %s meanwhile',
      async (status) => {
        const claim = await insertClaim()
        await open.pool.query('update registrations set status = $1 where id = $2', [status, claim.id])
        expect(
          await open.store.settle(claim, { to: 'rejected', code: 'PARTNER_REJECTED', message: 'No' }),
        ).toMatchObject({
          status,
        })
      },
    )
  })

  describe('by the newest claim of a registration that has become stuck', () => {
    const insertStuck = async () => {
      const claim = await insertClaim()
      await open.pool.query(`update registrations set status = 'stuck', asking = false where id = $1`, [claim.id])
      return claim
    }

    it.each(SETTLEMENTS.filter(isFinal))('to $to is saved, so that no operator is needed', async (settlement) => {
      const claim = await insertStuck()
      expect(await open.store.settle(claim, settlement)).toMatchObject({ status: settlement.to, stuckReason: null })
    })

    it.each(SETTLEMENTS.filter((settlement) => !isFinal(settlement)))('to $to changes nothing', async (settlement) => {
      const claim = await insertStuck()
      expect(await open.store.settle(claim, settlement)).toMatchObject({ status: 'stuck' })
    })
  })

  it('to uncertain keeps a lease that a call may still need, and ends any other', async () => {
    const insertedAt = performance.now()
    const [running, over] = [await insertClaim(), await insertClaim()]
    const uncertain = { to: 'uncertain', nextAttemptInMs: 10 } as const
    const { nextAttemptInMs } = await open.store.settle(running, { ...uncertain, leaseIsOver: false })
    expect(nextAttemptInMs).toBeGreaterThan(LEASE_MS - (performance.now() - insertedAt) - 1)
    expect((await open.store.settle(over, { ...uncertain, leaseIsOver: true })).nextAttemptInMs).toBeLessThanOrEqual(10)
  })

  it('to uncertain keeps the time since when the outcome is unknown over all probes', async () => {
    const claim = await insertClaim()
    const uncertain = { to: 'uncertain', nextAttemptInMs: 0, leaseIsOver: true } as const
    await open.store.settle(claim, uncertain)
    await open.pool.query(`update registrations set uncertain_since = now() - interval '1 hour' where id = $1`, [
      claim.id,
    ])
    const probe = await open.store.claim(await open.store.get(claim.id), crypto.randomUUID())
    if (!probe) throw new Error('not claimed')
    expect((await open.store.settle(probe, uncertain)).uncertainForMs).toBeGreaterThan(3_599_000)
  })
})

describe('closeRegistration', () => {
  it('closes a registration that is unchanged since it was read', async () => {
    const { registration } = await insertClaim()
    expect(await open.store.closeRegistration(registration, { to: 'released' })).toMatchObject({
      status: 'released',
      asking: false,
      nextAttemptInMs: 0,
    })
  })

  it('returns a registration that has changed since it was read, without changing it', async () => {
    const claim = await insertClaim()
    await open.store.settle(claim, succeeded)
    expect(await open.store.closeRegistration(claim.registration, { to: 'released' })).toMatchObject({
      status: 'succeeded',
    })
    const other = await insertOutdatedClaim('uncertain')
    expect(
      await open.store.closeRegistration(other.registration, { to: 'stuck', reason: 'PROBED_IN_VAIN' }),
    ).toMatchObject({
      status: 'uncertain',
    })
  })
})
