import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Claim, InsertResult } from '../../src/registration/registration-store.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

let open: OpenStore
beforeAll(async () => {
  open = await openStore()
})
afterAll(() => open[Symbol.asyncDispose]())

const CALLS = 20

async function insertClaim(intent = aFreshIntent()): Promise<Claim> {
  const inserted = await open.store.insertIntent(intent)
  if (inserted.kind !== 'inserted') throw new Error(`Not inserted: ${inserted.kind}`)
  return inserted.claim
}

function kinds(results: InsertResult[]): Record<string, number> {
  const groups = Object.groupBy(results, ({ kind }) => kind)
  return Object.fromEntries(Object.entries(groups).map(([kind, of]) => [kind, of.length]))
}

describe('insertIntent', () => {
  it('the intent is committed with its first claim', async () => {
    const intent = aFreshIntent({
      name: 'Ann',
      trafficParams: { tag: 't' },
      siteUrl: 'https://landing.example',
      clientIp: '2001:db8::1',
      browserData: { deep: [{ er: null }] },
    })
    const claim = await insertClaim(intent)
    expect(claim).toMatchObject({ id: intent.id, attempt: 1, probing: false })
    expect(await open.store.get(intent.id)).toMatchObject({ ...intent, status: 'pending', attempts: 1, asking: true })
  })

  it('of concurrent intents with one key one is inserted, and the others get it', async () => {
    const idempotencyKeyHash = Buffer.from(randomUUID())
    const intents = Array.from({ length: CALLS }, () =>
      aFreshIntent({ idempotencyKeyHash, email: 'same-key@a.example' }),
    )
    const results = await Promise.all(intents.map((intent) => open.store.insertIntent(intent)))
    expect(kinds(results)).toEqual({ inserted: 1, 'same-key': CALLS - 1 })
    const ids = results.map((inserted) => (inserted.kind === 'inserted' ? inserted.claim.id : inserted.registration.id))
    expect(new Set(ids).size).toBe(1)
  })

  it('of concurrent intents with one e-mail one is inserted, in upper or lower case', async () => {
    const intents = Array.from({ length: CALLS }, (_, index) =>
      aFreshIntent({ email: index % 2 === 0 ? 'Same@Mail.Example' : 'same@mail.example' }),
    )
    const results = await Promise.all(intents.map((intent) => open.store.insertIntent(intent)))
    expect(kinds(results)).toEqual({ inserted: 1, 'same-email': CALLS - 1 })
  })

  it('a repeated intent with the same id returns the first claim without a new attempt', async () => {
    const intent = aFreshIntent()
    const first = await insertClaim(intent)
    expect(await insertClaim(intent)).toMatchObject({ id: first.id, attempt: 1, registration: { attempts: 1 } })
  })

  it.each(['uncertain', 'stuck'] as const)('a registration that is %s reserves its e-mail', async (status) => {
    const { id, registration } = await insertClaim()
    await open.pool.query('update registrations set status = $1, lease_until = null where id = $2', [status, id])
    expect(await open.store.insertIntent(aFreshIntent({ email: registration.email }))).toMatchObject({
      kind: 'same-email',
      registration: { id },
    })
  })

  it.each(['succeeded', 'succeeded_without_link', 'rejected', 'released'] as const)(
    'a registration that is %s does not reserve its e-mail',
    async (status) => {
      const { id, registration } = await insertClaim()
      await open.pool.query('update registrations set status = $1, lease_until = null where id = $2', [status, id])
      expect(await insertClaim(aFreshIntent({ email: registration.email }))).toMatchObject({ attempt: 1 })
    },
  )

  it('a repeated intent with the same id is not a probe', async () => {
    const intent = aFreshIntent()
    await insertClaim(intent)
    expect(await insertClaim(intent)).toMatchObject({ id: intent.id, attempt: 1, probing: false })
  })

  it('the e-mail stays reserved after a late link until the lease of the newer call ends', async () => {
    const first = await insertClaim()
    await open.pool.query('update registrations set lease_until = now(), next_attempt_at = now() where id = $1', [
      first.id,
    ])
    await open.store.claim(await open.store.get(first.id), crypto.randomUUID())
    await open.store.settle(first, {
      to: 'succeeded',
      answer: { success: true },
      depositUrl: 'https://partner.example/',
    })
    const another = aFreshIntent({ email: first.registration.email })
    expect(await open.store.insertIntent(another)).toMatchObject({
      kind: 'same-email',
      registration: { status: 'succeeded' },
    })
    await open.pool.query('update registrations set lease_until = now() where id = $1', [first.id])
    expect(await open.store.insertIntent(another)).toMatchObject({ kind: 'inserted' })
  })

  describe('for a released registration', () => {
    async function insertReleased() {
      const intent = aFreshIntent()
      const claim = await insertClaim(intent)
      // As if it had been uncertain once, and was then resolved as absent.
      await open.store.settle(claim, { to: 'retry', nextAttemptInMs: 0 })
      await open.pool.query(`update registrations set uncertain_since = now() - interval '2 days' where id = $1`, [
        claim.id,
      ])
      await open.store.closeRegistration(await open.store.get(claim.id), { to: 'released' })
      return intent
    }

    it('of concurrent requests with its key one starts the same row again', async () => {
      const intent = await insertReleased()
      const again = Array.from({ length: CALLS }, () => open.store.insertIntent({ ...intent, id: randomUUID() }))
      expect(kinds(await Promise.all(again))).toEqual({ inserted: 1, 'same-key': CALLS - 1 })
      const restarted = { status: 'pending', attempts: 2, asking: true, uncertainForMs: 0 }
      expect(await open.store.get(intent.id)).toMatchObject(restarted)
    })

    it('a repeated restart with the same id returns the same claim', async () => {
      const intent = { ...(await insertReleased()), id: randomUUID() }
      const { claim } = (await open.store.insertIntent(intent)) as { claim: Claim }
      expect(await open.store.insertIntent(intent)).toMatchObject({
        kind: 'inserted',
        claim: { id: claim.id, attempt: 2 },
      })
    })

    it('of concurrent requests with its key and other keys one is inserted', async () => {
      const intent = await insertReleased()
      const others = Array.from({ length: CALLS }, (_, index) => {
        const sameKey = index % 2 === 0 ? { ...intent, id: randomUUID() } : { email: intent.email }
        return open.store.insertIntent(aFreshIntent(sameKey))
      })
      expect(kinds(await Promise.all(others))).toMatchObject({ inserted: 1 })
    })

    it('its key with another e-mail inserts nothing', async () => {
      const intent = await insertReleased()
      expect(await open.store.insertIntent({ ...intent, id: randomUUID(), email: 'other@example.com' })).toMatchObject({
        kind: 'same-key',
        registration: { id: intent.id, status: 'released' },
      })
    })
  })
})
