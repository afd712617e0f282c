import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Claim } from '../../../src/registration/registration-store.ts'
import type { Settlement } from '../../../src/registration/settlement.ts'
import { chaosRun } from '../support/chaos-run.ts'
import { createIntents } from './create-intents.ts'
import { createModelStore } from './model-store.ts'
import { EPOCH_MS, openTimedStore, type TimedStore } from './open-timed-store.ts'
import { LEASE_MS } from './scenario.ts'
import type { SimulatedStore } from './simulation-context.ts'
import { createOperationRunner, operations } from './store-operations.ts'

const REPLAY_FOR_MS = 10_000

let timed: TimedStore
beforeAll(async () => {
  timed = await openTimedStore(REPLAY_FOR_MS)
})
afterAll(() => timed[Symbol.asyncDispose]())

/** An empty store with a clock that the test sets. */
interface Subject {
  store: SimulatedStore
  setNow(ms: number): Promise<void>
}

const SUBJECTS: Record<string, () => Promise<Subject>> = {
  async 'in PostgreSQL'() {
    await timed.pool.query('truncate registrations, registration_calls')
    await timed.setNow(0)
    return timed
  },
  async 'in memory'() {
    let now = 0
    const store = createModelStore({ now: () => EPOCH_MS + now, leaseMs: LEASE_MS, replayForMs: REPLAY_FOR_MS })
    return {
      store,
      async setNow(ms) {
        now = ms
      },
    }
  },
}

const depositUrl = 'https://partner.example/deposit'
const succeeded: Settlement = { to: 'succeeded', answer: { success: true, login: 7 }, depositUrl }
const lost: Settlement = { to: 'succeeded_without_link', answer: null }
const refused: Settlement = { to: 'rejected', code: 'PARTNER_REJECTED', message: 'No' }
const retry: Settlement = { to: 'retry', nextAttemptInMs: 300 }
const unanswered: Settlement = { to: 'uncertain', nextAttemptInMs: 300, leaseIsOver: false }

describe.each(Object.entries(SUBJECTS))('the store %s', (_, open) => {
  const intentOf = createIntents()
  let subject: Subject
  beforeEach(async () => {
    subject = await open()
  })

  async function insertClaim(email = 'ann@example.com', key = 'key'): Promise<Claim> {
    const beginning = await subject.store.insertIntent(intentOf(email, key))
    if (beginning.kind !== 'inserted') throw new Error(`Not inserted: ${beginning.kind}`)
    return beginning.claim
  }

  /** Claims the registration again, as soon as the lease of this claim is over. */
  async function overtaken(by: Claim): Promise<Claim> {
    await subject.setNow(LEASE_MS)
    const next = await subject.store.claim(await subject.store.get(by.id), crypto.randomUUID())
    if (!next) throw new Error('Not claimed.')
    return next
  }

  it('a key has one registration, and an e-mail has one unfinished registration', async () => {
    const { id } = await insertClaim()
    const again = await subject.store.insertIntent(intentOf('ann@example.com', 'key'))
    const otherKey = await subject.store.insertIntent(intentOf('ANN@example.com', 'other key'))
    expect(again).toMatchObject({ kind: 'same-key', registration: { id } })
    expect(otherKey).toMatchObject({ kind: 'same-email', registration: { id } })
  })

  it('a claim is refused while the lease runs, and granted once afterwards', async () => {
    const { id } = await insertClaim()
    const seen = await subject.store.get(id)
    await subject.setNow(LEASE_MS - 1)
    expect(await subject.store.claim(seen, crypto.randomUUID())).toBeUndefined()
    await subject.setNow(LEASE_MS)
    expect(await subject.store.claim(seen, crypto.randomUUID())).toMatchObject({ attempt: 2, probing: true })
    expect(await subject.store.claim(seen, crypto.randomUUID())).toBeUndefined()
  })

  it('after a call without an answer nextAttemptInMs is the rest of the lease', async () => {
    const claim = await insertClaim()
    await subject.setNow(1_000)
    const nextAttemptInMs = LEASE_MS - 1_000
    expect(await subject.store.settle(claim, unanswered)).toMatchObject({ status: 'uncertain', nextAttemptInMs })
  })

  it.each([lost, refused, retry, unanswered])('a result $to from a replaced claim is ignored', async (settlement) => {
    const claim = await insertClaim()
    await overtaken(claim)
    expect(await subject.store.settle(claim, settlement)).toMatchObject({ status: 'uncertain', attempts: 2 })
  })

  it.each([lost, refused, retry, unanswered])(
    'a link from a replaced claim is saved, and a later result $to does not overwrite it',
    async (settlement) => {
      const claim = await insertClaim()
      const next = await overtaken(claim)
      await subject.store.settle(claim, succeeded)
      expect(await subject.store.settle(next, settlement)).toMatchObject({ status: 'succeeded', depositUrl })
    },
  )

  it.each(['before', 'after'])('a late link that arrives just %s a newer result is kept', async (order) => {
    const claim = await insertClaim()
    const next = await overtaken(claim)
    const results = [() => subject.store.settle(claim, succeeded), () => subject.store.settle(next, lost)]
    await Promise.all((order === 'before' ? results : results.reverse()).map((settle) => settle()))
    expect(await subject.store.get(claim.id)).toMatchObject({ status: 'succeeded', depositUrl })
  })

  it('a released registration restarts with its own key', async () => {
    const claim = await insertClaim()
    const seen = await subject.store.settle(claim, retry)
    await subject.store.closeRegistration(seen, { to: 'released' })
    expect(await insertClaim()).toMatchObject({ id: claim.id, attempt: 2, probing: false })
    expect(await subject.store.insertIntent(intentOf('ann@example.com', 'other key'))).toMatchObject({
      kind: 'same-email',
    })
  })

  it('a registration that changed since it was read is not closed', async () => {
    const claim = await insertClaim()
    const seen = await subject.store.get(claim.id)
    await subject.store.settle(claim, refused)
    expect(await subject.store.closeRegistration(seen, { to: 'stuck', reason: 'PROBED_IN_VAIN' })).toMatchObject({
      status: 'rejected',
    })
  })

  it('links and secrets are shown until replayForMs is over, the rest for good', async () => {
    const claim = await insertClaim()
    await subject.store.settle(claim, succeeded)
    await subject.setNow(REPLAY_FOR_MS - 1)
    expect(await subject.store.get(claim.id)).toMatchObject({ depositUrl, partnerAccount: { login: 7 } })
    await subject.setNow(REPLAY_FOR_MS)
    expect(await subject.store.get(claim.id)).toMatchObject({ depositUrl: null, partnerAccount: { login: 7 } })
  })
})

it('the store in memory and the store in PostgreSQL give the same results for random operations', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operations, { minLength: 5, maxLength: 20 }), async (sequence) => {
      const users = await Promise.all(Object.values(SUBJECTS).map(async (open) => createOperationRunner(await open())))
      for (const operation of sequence) {
        const [inPostgres, inMemory] = await Promise.all(users.map((use) => use(operation)))
        expect(inMemory).toEqual(inPostgres)
      }
    }),
    { numRuns: chaosRun.isLong ? 2_000 : 40, seed: chaosRun.seed },
  )
})
