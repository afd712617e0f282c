import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RegistrationStatus } from '../../src/registration/registration.ts'
import type { Claim } from '../../src/registration/registration-store.ts'
import { applySettlement, type Settlement } from '../../src/registration/settlement.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

/** No test lasts as long. */
const LEASE_MS = 3_600_000

let open: OpenStore
beforeAll(async () => {
  open = await openStore({ leaseMs: LEASE_MS })
})
afterAll(() => open[Symbol.asyncDispose]())

async function begun(): Promise<Claim> {
  const beginning = await open.store.insertIntent(aFreshIntent())
  if (beginning.kind !== 'inserted') throw new Error(`Not begun: ${beginning.kind}`)
  return beginning.claim
}

/** Somebody else has claimed the next call, and the row has come to this status by it. */
async function overtaken(status: RegistrationStatus): Promise<Claim> {
  const claim = await begun()
  await open.pool.query('update registrations set attempts = 2, status = $1, asking = false where id = $2', [
    status,
    claim.id,
  ])
  return claim
}

const answer = { success: true, domain: 'partner.example', login: 7, password: 'p', deposit: '/deposit' }
const depositUrl = 'https://partner.example/deposit'
const succeeded: Settlement = { to: 'succeeded', answer, depositUrl }

const EVERY: Settlement[] = [
  succeeded,
  { to: 'succeeded', answer: { ...answer, autologin: depositUrl }, depositUrl },
  { to: 'succeeded_without_link', answer },
  { to: 'succeeded_without_link', answer: null },
  { to: 'rejected', code: 'MULTIPLE_ACCOUNTS', message: 'No' },
  { to: 'rejected', code: 'PARTNER_REJECTED', message: null },
  { to: 'unasked', nextAttemptInMs: 60_000 },
  { to: 'uncertain', nextAttemptInMs: 60_000, leaseIsOver: true },
  { to: 'uncertain', nextAttemptInMs: 60_000, leaseIsOver: false },
  { to: 'uncertain', nextAttemptInMs: 10, leaseIsOver: false },
  { to: 'stuck', reason: 'NOT_UNIQUE_BY_EMAIL' },
]
const ALL_BUT_SUCCESS = EVERY.filter(({ to }) => to !== 'succeeded')
const isLastWord = ({ to }: Settlement) => to.startsWith('succeeded') || to === 'rejected'
const UNFINISHED = ['pending', 'uncertain'] as const
const FINISHED = ['succeeded', 'succeeded_without_link', 'rejected', 'released', 'stuck'] as const

describe('settle', () => {
  describe.each(EVERY)('to $to', (settlement) => {
    it('writes what the holder of the newest claim says', async () => {
      const claim = await begun()
      const settled = await open.store.settle(claim, settlement)
      const status = settlement.to === 'unasked' ? 'pending' : settlement.to
      expect(settled).toMatchObject({ status, asking: false, attempts: 1 })
      expect(await open.store.get(claim.id)).toMatchObject({ status, asking: false, attempts: 1 })
    })

    it('leaves on file what the visitor is told without reading it back', async () => {
      const begunAt = performance.now()
      const claim = await begun()
      await open.store.settle(claim, settlement)
      const onFile = await open.store.get(claim.id)
      const told = applySettlement(claim.registration, settlement)
      const uncertainForMs = expect.any(Number)
      expect({ ...told, uncertainForMs }).toEqual({ ...onFile, uncertainForMs, nextAttemptInMs: told.nextAttemptInMs })
      // Time has passed since it was settled, though no more than since it was begun. They are rounded.
      const passedMs = told.nextAttemptInMs - onFile.nextAttemptInMs
      expect(passedMs).toBeGreaterThanOrEqual(-1)
      expect(passedMs).toBeLessThanOrEqual(performance.now() - begunAt + 1)
    })

    it('changes nothing the second time', async () => {
      const claim = await begun()
      const first = await open.store.settle(claim, settlement)
      const second = await open.store.settle(claim, settlement)
      expect(second).toMatchObject({ status: first.status, attempts: 1, depositUrl: first.depositUrl })
    })
  })

  describe.each(ALL_BUT_SUCCESS)('to $to by who was overtaken', (settlement) => {
    it.each([...UNFINISHED, ...FINISHED])('changes nothing of what is %s', async (status) => {
      const claim = await overtaken(status)
      expect(await open.store.settle(claim, settlement)).toMatchObject({ status, attempts: 2 })
    })
  })

  describe('to succeeded by who was overtaken', () => {
    it.each([...UNFINISHED, ...FINISHED].filter((status) => status !== 'succeeded'))(
      'overwrites what is %s: a link is never thrown away',
      async (status) => {
        const claim = await overtaken(status)
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
      'and without a link leaves its login and password where the newest claim has come to %s',
      async (status) => {
        const claim = await overtaken(status)
        await open.store.settle(claim, { to: 'succeeded_without_link', answer })
        expect(await open.store.get(claim.id)).toMatchObject({ status, attempts: 2 })
        const newest = { ...claim, attempt: 2 }
        await open.store.settle(newest, { to: 'succeeded_without_link', answer: null })
        const { partnerAccount } = await open.store.get(claim.id)
        expect(partnerAccount).toMatchObject({ login: 7, password: 'p' })
      },
    )

    it('leaves the first success as it is, and returns it', async () => {
      const claim = await begun()
      await open.store.settle(claim, succeeded)
      const later: Settlement = { ...succeeded, depositUrl: 'https://partner.example/other' }
      expect(await open.store.settle(claim, later)).toMatchObject({ status: 'succeeded', depositUrl })
    })

    it('lets one of several successes at once win, and tells all of it', async () => {
      const claim = await begun()
      const links = Array.from({ length: 10 }, (_, index) => `https://partner.example/${index}`)
      const settled = await Promise.all(
        links.map((link) => open.store.settle(claim, { ...succeeded, depositUrl: link })),
      )
      const { depositUrl: onFile } = await open.store.get(claim.id)
      expect(settled.map((registration) => registration.depositUrl)).toEqual(links.map(() => onFile))
    })

    it.each(ALL_BUT_SUCCESS)(
      'keeps the link where the newest claim comes to $to at the same moment',
      async (settlement) => {
        const late = await overtaken('uncertain')
        const newest = { id: late.id, attempt: 2 }
        await Promise.all([open.store.settle(newest, settlement), open.store.settle(late, succeeded)])
        expect(await open.store.get(late.id)).toMatchObject({ status: 'succeeded', depositUrl })
      },
    )
  })

  describe('by the holder of the newest claim', () => {
    it.each(FINISHED.filter((status) => status !== 'succeeded' && status !== 'stuck'))(
      'changes nothing of what was %s meanwhile',
      async (status) => {
        const claim = await begun()
        await open.pool.query('update registrations set status = $1 where id = $2', [status, claim.id])
        expect(
          await open.store.settle(claim, { to: 'rejected', code: 'PARTNER_REJECTED', message: 'No' }),
        ).toMatchObject({
          status,
        })
      },
    )
  })

  describe('by the holder of the newest claim, who was given up and left to a person', () => {
    const givenUp = async () => {
      const claim = await begun()
      await open.pool.query(`update registrations set status = 'stuck', asking = false where id = $1`, [claim.id])
      return claim
    }

    it.each(EVERY.filter(isLastWord))('to $to leaves nothing to decide', async (settlement) => {
      const claim = await givenUp()
      expect(await open.store.settle(claim, settlement)).toMatchObject({ status: settlement.to, stuckReason: null })
    })

    it.each(EVERY.filter((settlement) => !isLastWord(settlement)))('to $to changes nothing', async (settlement) => {
      const claim = await givenUp()
      expect(await open.store.settle(claim, settlement)).toMatchObject({ status: 'stuck' })
    })
  })

  it('lets a lease run on that may still cover a call, and no other', async () => {
    const begunAt = performance.now()
    const [running, over] = [await begun(), await begun()]
    const uncertain = { to: 'uncertain', nextAttemptInMs: 10 } as const
    const { nextAttemptInMs } = await open.store.settle(running, { ...uncertain, leaseIsOver: false })
    expect(nextAttemptInMs).toBeGreaterThan(LEASE_MS - (performance.now() - begunAt) - 1)
    expect((await open.store.settle(over, { ...uncertain, leaseIsOver: true })).nextAttemptInMs).toBeLessThanOrEqual(10)
  })

  it('knows since when the outcome is unknown, over all its probes', async () => {
    const claim = await begun()
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

describe('conclude', () => {
  it('ends what still is as it was seen', async () => {
    const { registration } = await begun()
    expect(await open.store.closeRegistration(registration, { to: 'released' })).toMatchObject({
      status: 'released',
      asking: false,
      nextAttemptInMs: 0,
    })
  })

  it('leaves alone what somebody has moved on, and returns it', async () => {
    const claim = await begun()
    await open.store.settle(claim, succeeded)
    expect(await open.store.closeRegistration(claim.registration, { to: 'released' })).toMatchObject({
      status: 'succeeded',
    })
    const other = await overtaken('uncertain')
    expect(
      await open.store.closeRegistration(other.registration, { to: 'stuck', reason: 'PROBED_IN_VAIN' }),
    ).toMatchObject({
      status: 'uncertain',
    })
  })
})
