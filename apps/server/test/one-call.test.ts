import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rowsOf, startServer, type TestServer } from './support/start-server.ts'

let one: TestServer
let other: TestServer
beforeAll(async () => {
  one = await startServer()
  other = await startServer({ env: one.replica })
})
afterAll(async () => {
  await other[Symbol.asyncDispose]()
  await one[Symbol.asyncDispose]()
})

const requestOf = (email: string) => ({ email, visitorId: 'visitor-1' })

describe('while the partner is asked', () => {
  it('the intent is committed, under the key that the partner was given, and no transaction is open', async () => {
    const email = 'under-way@example.com'
    const answer = Promise.withResolvers<void>()
    one.partner.misbehave(email, 'slow-answer', { until: answer.promise })
    const answered = one.rest.orchestrateRegistration(requestOf(email))
    await one.partner.ledger.until(({ accounts }) => accounts.length > 0)
    const [row] = await rowsOf(one, email)
    const { rows: open } = await one.database.query(
      `select pid from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
    )
    answer.resolve()
    expect(row).toMatchObject({ status: 'pending', attempts: 1, asking: true, lease_until: expect.any(Date) })
    expect(one.partner.ledger.calls[0]?.headers['idempotency-key']).toBe(row?.id)
    expect(open).toEqual([])
    expect((await answered).status).toBe(200)
  })
})

describe('of two replicas', () => {
  it.each(['rest', 'trpc'] as const)(
    'one asks the partner, and all callers with the key get its outcome (%s)',
    async (door) => {
      const email = `one-key@${door}.example`
      const keyed = { ...requestOf(email), idempotencyKey: `the key of ${email}` }
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other)[door].orchestrateRegistration(keyed)),
      )
      const outcomes = replies.map(({ answer }) => ({ ...answer, replayed: undefined }))
      expect(outcomes).toEqual(outcomes.map(() => outcomes[0]))
      expect(replies[0]?.answer).toMatchObject({ success: true })
      expect(one.partner.ledger.callsOf(email)).toHaveLength(1)
    },
  )

  it('both never ask for one e-mail at once, whatever the keys', async () => {
    const email = 'many-keys@example.com'
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? one : other).rest.orchestrateRegistration(requestOf(email)),
      ),
    )
    const { ledger } = one.partner
    expect(ledger.overlappingCalls()).toEqual([])
    expect(ledger.accountsOf(email)).toHaveLength(1)
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
  })
})
