import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Registration } from '../../src/registration/registration.ts'
import type { Claim } from '../../src/registration/registration-store.ts'
import type { Settlement } from '../../src/registration/settlement.ts'
import { EPOCH_MS, openTimedStore, type TimedStore } from '../chaos/model/open-timed-store.ts'
import { LEASE_MS } from '../chaos/model/scenario.ts'
import { aFreshIntent } from '../support/a-registration.ts'

const HOUR_MS = 3_600_000
const LONGEST_PAUSE_MS = 375_000

let timed: TimedStore
beforeAll(async () => {
  timed = await openTimedStore()
})
afterAll(() => timed[Symbol.asyncDispose]())
let now = 0
beforeEach(() => advanceTime(10 * HOUR_MS))

async function advanceTime(ms: number): Promise<void> {
  now += ms
  await timed.setNow(now)
}

async function insertClaim(): Promise<Claim> {
  const inserted = await timed.store.insertIntent(aFreshIntent())
  if (inserted.kind !== 'inserted') throw new Error(inserted.kind)
  return inserted.claim
}

const registrationOf = ({ id }: Claim): Promise<Registration> => timed.store.get(id)

describe('after the database’s clock was set back by an hour, shortenWaits', () => {
  const settlements: [what: string, settlement: Settlement][] = [
    ['a pause', { to: 'uncertain', nextAttemptInMs: 5_000, leaseIsOver: true }],
    ['the longest pause', { to: 'uncertain', nextAttemptInMs: LONGEST_PAUSE_MS, leaseIsOver: true }],
    ['a pause after a call that was not processed', { to: 'retry', nextAttemptInMs: 5_000 }],
  ]

  it('restarts the lease of a call that may be in progress', async () => {
    const claim = await insertClaim()
    await advanceTime(-HOUR_MS)
    expect(await timed.store.shortenWaits()).toMatchObject({ shortened: 1 })
    const { nextAttemptInMs, asking } = await registrationOf(claim)
    expect({ nextAttemptInMs, asking }).toEqual({ nextAttemptInMs: LEASE_MS, asking: true })
    await advanceTime(LEASE_MS)
    expect(await timed.store.claim(await registrationOf(claim), crypto.randomUUID())).toMatchObject({
      attempt: 2,
      probing: true,
    })
  })

  it('restarts the lease after an incomplete answer', async () => {
    const claim = await insertClaim()
    await timed.store.settle(claim, { to: 'uncertain', nextAttemptInMs: 10, leaseIsOver: false })
    await advanceTime(-HOUR_MS)
    await timed.store.shortenWaits()
    expect(await timed.store.claim(await registrationOf(claim), crypto.randomUUID())).toBeUndefined()
    await advanceTime(LEASE_MS)
    expect(await timed.store.claim(await registrationOf(claim), crypto.randomUUID())).toMatchObject({ attempt: 2 })
  })

  it.each(settlements)('makes a registration due at once that waits for %s', async (_, settlement) => {
    const claim = await insertClaim()
    await timed.store.settle(claim, settlement)
    await advanceTime(-HOUR_MS)
    await timed.store.shortenWaits()
    const { nextAttemptInMs } = await registrationOf(claim)
    expect(nextAttemptInMs).toBe(0)
  })
})

it('shortenWaits does not change leases and pauses of a possible length', async () => {
  const leased = await insertClaim()
  const paused = await insertClaim()
  await timed.store.settle(paused, { to: 'uncertain', nextAttemptInMs: LONGEST_PAUSE_MS, leaseIsOver: true })
  const before = await Promise.all([leased, paused].map(registrationOf))
  expect(await timed.store.shortenWaits()).toMatchObject({ shortened: 0 })
  expect(await Promise.all([leased, paused].map(registrationOf))).toEqual(before)
})

it('shortenWaits returns the time by the database’s clock', async () => {
  const { databaseMs } = await timed.store.shortenWaits()
  expect(new Date(databaseMs)).toEqual(new Date(EPOCH_MS + now))
})
