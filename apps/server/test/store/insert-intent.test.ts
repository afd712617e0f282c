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

const CROWD = 20

async function begun(intent = aFreshIntent()): Promise<Claim> {
  const beginning = await open.store.insertIntent(intent)
  if (beginning.kind !== 'inserted') throw new Error(`Not begun: ${beginning.kind}`)
  return beginning.claim
}

function kinds(beginnings: InsertResult[]): Record<string, number> {
  const groups = Object.groupBy(beginnings, ({ kind }) => kind)
  return Object.fromEntries(Object.entries(groups).map(([kind, of]) => [kind, of.length]))
}

describe('begin', () => {
  it('commits the intent with its first claim', async () => {
    const intent = aFreshIntent({
      name: 'Ann',
      trafficParams: { tag: 't' },
      siteUrl: 'https://landing.example',
      clientIp: '2001:db8::1',
      browserData: { deep: [{ er: null }] },
    })
    const claim = await begun(intent)
    expect(claim).toMatchObject({ id: intent.id, attempt: 1, probing: false })
    expect(await open.store.get(intent.id)).toMatchObject({ ...intent, status: 'pending', attempts: 1, asking: true })
  })

  it('lets one of many with the same key begin, and shows it to the others', async () => {
    const idempotencyKeyHash = Buffer.from(randomUUID())
    const intents = Array.from({ length: CROWD }, () =>
      aFreshIntent({ idempotencyKeyHash, email: 'same-key@a.example' }),
    )
    const beginnings = await Promise.all(intents.map((intent) => open.store.insertIntent(intent)))
    expect(kinds(beginnings)).toEqual({ inserted: 1, 'same-key': CROWD - 1 })
    const ids = beginnings.map((beginning) =>
      beginning.kind === 'inserted' ? beginning.claim.id : beginning.registration.id,
    )
    expect(new Set(ids).size).toBe(1)
  })

  it('lets one of many with the same e-mail begin, in whatever spelling', async () => {
    const intents = Array.from({ length: CROWD }, (_, index) =>
      aFreshIntent({ email: index % 2 === 0 ? 'Same@Mail.Example' : 'same@mail.example' }),
    )
    const beginnings = await Promise.all(intents.map((intent) => open.store.insertIntent(intent)))
    expect(kinds(beginnings)).toEqual({ inserted: 1, 'same-email': CROWD - 1 })
  })

  it('finds its own intent where an earlier try was committed and its answer lost', async () => {
    const intent = aFreshIntent()
    const first = await begun(intent)
    expect(await begun(intent)).toMatchObject({ id: first.id, attempt: 1, registration: { attempts: 1 } })
  })

  it.each(['uncertain', 'stuck'] as const)('finds the e-mail held by a registration that is %s', async (status) => {
    const { id, registration } = await begun()
    await open.pool.query('update registrations set status = $1, lease_until = null where id = $2', [status, id])
    expect(await open.store.insertIntent(aFreshIntent({ email: registration.email }))).toMatchObject({
      kind: 'same-email',
      registration: { id },
    })
  })

  it.each(['succeeded', 'succeeded_without_link', 'rejected', 'released'] as const)(
    'finds the e-mail free after a registration that is %s',
    async (status) => {
      const { id, registration } = await begun()
      await open.pool.query('update registrations set status = $1, lease_until = null where id = $2', [status, id])
      expect(await begun(aFreshIntent({ email: registration.email }))).toMatchObject({ attempt: 1 })
    },
  )

  it('gives the same claim again where the answer to the first try was lost', async () => {
    const intent = aFreshIntent()
    await begun(intent)
    expect(await begun(intent)).toMatchObject({ id: intent.id, attempt: 1, probing: false })
  })

  it('finds the e-mail held where a late link finished it while a newer call may be under way', async () => {
    const first = await begun()
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

  describe('after the partner certainly had nothing', () => {
    async function released() {
      const intent = aFreshIntent()
      const claim = await begun(intent)
      // As of a registration that was uncertain once, and resolved as absent.
      await open.store.settle(claim, { to: 'unasked', nextAttemptInMs: 0 })
      await open.pool.query(`update registrations set uncertain_since = now() - interval '2 days' where id = $1`, [
        claim.id,
      ])
      await open.store.closeRegistration(await open.store.get(claim.id), { to: 'released' })
      return intent
    }

    it('starts the same row anew, once, however many come back with its key', async () => {
      const intent = await released()
      const again = Array.from({ length: CROWD }, () => open.store.insertIntent({ ...intent, id: randomUUID() }))
      expect(kinds(await Promise.all(again))).toEqual({ inserted: 1, 'same-key': CROWD - 1 })
      const anew = { status: 'pending', attempts: 2, asking: true, uncertainForMs: 0 }
      expect(await open.store.get(intent.id)).toMatchObject(anew)
    })

    it('gives the same claim again where the answer to starting anew was lost', async () => {
      const intent = { ...(await released()), id: randomUUID() }
      const { claim } = (await open.store.insertIntent(intent)) as { claim: Claim }
      expect(await open.store.insertIntent(intent)).toMatchObject({
        kind: 'inserted',
        claim: { id: claim.id, attempt: 2 },
      })
    })

    it('lets one begin where the key and another key come back at once', async () => {
      const intent = await released()
      const others = Array.from({ length: CROWD }, (_, index) => {
        const sameKey = index % 2 === 0 ? { ...intent, id: randomUUID() } : { email: intent.email }
        return open.store.insertIntent(aFreshIntent(sameKey))
      })
      expect(kinds(await Promise.all(others))).toMatchObject({ inserted: 1 })
    })

    it('keeps the key to its e-mail', async () => {
      const intent = await released()
      expect(await open.store.insertIntent({ ...intent, id: randomUUID(), email: 'other@example.com' })).toMatchObject({
        kind: 'same-key',
        registration: { id: intent.id, status: 'released' },
      })
    })
  })
})
