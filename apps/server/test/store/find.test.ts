import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Claim } from '../../src/registration/registration-store.ts'
import type { Settlement } from '../../src/registration/settlement.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

const REPLAY_FOR_MS = 3_600_000

let open: OpenStore
beforeAll(async () => {
  open = await openStore({ replayForMs: REPLAY_FOR_MS })
})
afterAll(() => open[Symbol.asyncDispose]())

const depositUrl = 'https://partner.example/deposit'
const succeeded: Settlement = { to: 'succeeded', answer: { success: true }, depositUrl }
const rejected = (code: 'ALREADY_REGISTERED' | 'PARTNER_REJECTED'): Settlement => ({
  to: 'rejected',
  code,
  message: null,
})

async function insertSettled(email: string, settlement: Settlement): Promise<Claim> {
  const inserted = await open.store.insertIntent(aFreshIntent({ email }))
  if (inserted.kind !== 'inserted') throw new Error(inserted.kind)
  await open.store.settle(inserted.claim, settlement)
  return inserted.claim
}

async function makeOlder({ id }: Claim, ms: number): Promise<void> {
  await open.pool.query(
    `update registrations set created_at = created_at - past, settled_at = settled_at - past
     from (select $2::float8 * interval '1 millisecond' as past) as p where id = $1`,
    [id, ms],
  )
}

describe('the latest registration of an e-mail', () => {
  it('is the newest one', async () => {
    const email = 'newest@example.com'
    const older = await insertSettled(email, succeeded)
    await makeOlder(older, 1_000)
    const newer = await insertSettled(email, succeeded)
    expect(await open.store.findLatestByEmail(email)).toMatchObject({ id: newer.id })
  })

  it('is not found once REPLAY_FOR is over, so a new registration is inserted', async () => {
    const email = 'long-ago@example.com'
    await makeOlder(await insertSettled(email, succeeded), REPLAY_FOR_MS + 1)
    expect(await open.store.findLatestByEmail(email)).toBeUndefined()
    expect(await open.store.insertIntent(aFreshIntent({ email }), true)).toMatchObject({ kind: 'inserted' })
  })

  it('is returned instead of inserting a verified request within REPLAY_FOR', async () => {
    const email = 'just-now@example.com'
    const { id } = await insertSettled(email, succeeded)
    const result = await open.store.insertIntent(aFreshIntent({ email }), true)
    expect(result).toMatchObject({ kind: 'same-email', registration: { id, depositUrl } })
  })
})

describe('an earlier account of the same e-mail', () => {
  it.each<[what: string, settlement: Settlement, shows: boolean]>([
    ['a success', succeeded, true],
    ['a success without a link', { to: 'succeeded_without_link', answer: null }, true],
    ['an ALREADY_REGISTERED rejection', rejected('ALREADY_REGISTERED'), true],
    ['another rejection', rejected('PARTNER_REJECTED'), false],
  ])('is shown by %s (%j): %s', async (what, settlement, shows) => {
    const email = `${what.replaceAll(' ', '-')}@example.com`
    await insertSettled(email, settlement)
    const later = await insertSettled(email, { to: 'uncertain', nextAttemptInMs: 0, leaseIsOver: true })
    expect(await open.store.showsEarlierAccount(later.registration)).toBe(shows)
  })
})

it('deleteOlder uses the age by the database’s clock, not the time in the id', async () => {
  // From a server whose clock was two hours behind: by its id the row is old enough to be deleted.
  const id = `${(Date.now() - 7_200_000)
    .toString(16)
    .padStart(12, '0')
    .replace(/^(.{8})(.{4})$/, '$1-$2')}-7000-8000-000000000001`
  const inserted = await open.store.insertIntent(aFreshIntent({ id, email: 'clock-behind@example.com' }))
  if (inserted.kind !== 'inserted') throw new Error(inserted.kind)
  await open.store.settle(inserted.claim, succeeded)
  await open.store.deleteOlder(60_000, 500)
  expect(await open.store.get(id)).toMatchObject({ status: 'succeeded' })
})
