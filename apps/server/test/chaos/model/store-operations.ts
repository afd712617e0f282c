import fc from 'fast-check'
import type { Registration } from '../../../src/registration/registration.ts'
import type { ClaimedCall } from '../../../src/registration/registration-store.ts'
import type { Closure, Settlement } from '../../../src/registration/settlement.ts'
import { createIntents } from './create-intents.ts'
import { LEASE_MS } from './scenario.ts'
import type { SimulatedStore } from './simulation-context.ts'

/** One operation on a store. `seen` and `call` are indexes into earlier results, modulo their number. */
export type Operation =
  | { do: 'pass'; ms: number }
  | { do: 'insert'; visitor: number; tab: number; isProven: boolean; isRepeated: boolean }
  | { do: 'claim'; seen: number; isRepeated: boolean }
  | { do: 'settle'; call: number; settlement: Settlement }
  | { do: 'conclude'; seen: number; conclusion: Closure }
  | { do: 'read'; seen: number }

const ms = fc.oneof(fc.constantFrom(1, LEASE_MS - 1, LEASE_MS, 10_000), fc.nat({ max: 3_000 }))
const answer = { success: true, domain: 'partner.example', login: 7, password: 'p', deposit: '/deposit' }
const depositUrl = 'https://partner.example/deposit'

const settlements: fc.Arbitrary<Settlement> = fc.oneof(
  fc.constantFrom<Settlement[]>(
    { to: 'succeeded', answer, depositUrl },
    { to: 'succeeded', answer: { ...answer, login: 8, autologin: depositUrl }, depositUrl },
    { to: 'succeeded_without_link', answer },
    { to: 'succeeded_without_link', answer: null },
    { to: 'rejected', code: 'ALREADY_REGISTERED', message: 'Already registered' },
    { to: 'rejected', code: 'PARTNER_REJECTED', message: null },
    { to: 'stuck', reason: 'MULTIPLE_ACCOUNTS_AFTER_UNKNOWN' },
  ),
  fc.record({ to: fc.constant('retry'), nextAttemptInMs: ms }),
  fc.record({ to: fc.constant('uncertain'), nextAttemptInMs: ms, leaseIsOver: fc.boolean() }),
)

const closures = fc.constantFrom<Closure[]>({ to: 'released' }, { to: 'stuck', reason: 'PROBED_IN_VAIN' })

/** An index: often the newest result, sometimes an old one that is stale by then. */
const which = fc.oneof(fc.constant(-1), fc.nat({ max: 30 }))

export const operations: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass'), ms }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('insert'),
      visitor: fc.nat({ max: 1 }),
      tab: fc.nat({ max: 1 }),
      isProven: fc.boolean(),
      isRepeated: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('claim'), seen: which, isRepeated: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('settle'), call: which, settlement: settlements }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('conclude'), seen: which, conclusion: closures }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('read'), seen: which }) },
)

/** Runs operations in order on the results of earlier ones. @returns everything that the store shows of it */
export function createOperationRunner({ store, setNow }: { store: SimulatedStore; setNow(ms: number): Promise<void> }) {
  const intentOf = createIntents()
  const seen: Registration[] = []
  const claims: ClaimedCall[] = []
  let now = 0

  const remember = (registration: Registration) => {
    seen.push(registration)
    return registration
  }

  async function run(operation: Operation): Promise<unknown> {
    switch (operation.do) {
      case 'pass':
        now += operation.ms
        return setNow(now)
      case 'insert': {
        // Rows created at the same time have no order.
        await setNow(++now)
        const email = `${operation.visitor}@example.com`
        const intent = intentOf(email, `${email}, tab ${operation.tab}`)
        const insert = () => store.insertIntent(intent, operation.isProven)
        // Repeated, as after a lost answer.
        if (operation.isRepeated) await insert()
        const inserted = await insert()
        if (inserted.kind === 'inserted') claims.push({ id: inserted.claim.id, attempt: inserted.claim.attempt })
        remember(inserted.kind === 'inserted' ? inserted.claim.registration : inserted.registration)
        return inserted
      }
      case 'claim': {
        const registration = pick(seen, operation.seen)
        const claimId = crypto.randomUUID()
        if (registration && operation.isRepeated) await store.claim(registration, claimId)
        const claim = registration && (await store.claim(registration, claimId))
        if (claim) claims.push({ id: claim.id, attempt: claim.attempt })
        if (claim) remember(claim.registration)
        return claim
      }
      case 'settle': {
        const call = pick(claims, operation.call)
        return call && remember(await store.settle(call, operation.settlement))
      }
      case 'conclude': {
        // The product never closes a registration that it has seen finished.
        const unfinished = seen.filter(({ status }) => status === 'pending' || status === 'uncertain')
        const registration = pick(unfinished, operation.seen)
        return registration && remember(await store.closeRegistration(registration, operation.conclusion))
      }
      case 'read': {
        const registration = pick(seen, operation.seen)
        if (!registration) return undefined
        return {
          byKey: await store.findByKey(registration.idempotencyKeyHash),
          byEmail: await store.findLatestByEmail(registration.email),
          showsEarlierAccount: await store.showsEarlierAccount(registration),
          due: await store.takeDue(1, 500),
          shortened: (await store.shortenWaits()).shortened,
        }
      }
    }
  }

  return async (operation: Operation) => {
    const result = await run(operation)
    const last = seen.at(-1)
    return { operation, result, stored: last && (await store.get(last.id)) }
  }
}

function pick<Item>(items: readonly Item[], index: number): Item | undefined {
  return items.at(index < 0 ? index : index % Math.max(items.length, 1))
}
