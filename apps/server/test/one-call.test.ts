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

describe('during a call of the partner', () => {
  it('the intent is committed, its id is the partner’s idempotency key, and no transaction is open', async () => {
    const email = 'in-progress@example.com'
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

describe('with two replicas', () => {
  it.each(['rest', 'trpc'] as const)(
    'concurrent requests with one key lead to one call, and all get its outcome (%s)',
    async (transport) => {
      const email = `one-key@${transport}.example`
      const keyed = { ...requestOf(email), idempotencyKey: `the key of ${email}` }
      const responses = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? one : other)[transport].orchestrateRegistration(keyed),
        ),
      )
      const outcomes = responses.map(({ answer }) => ({ ...answer, replayed: undefined }))
      expect(outcomes).toEqual(outcomes.map(() => outcomes[0]))
      expect(responses[0]?.answer).toMatchObject({ success: true })
      expect(one.partner.ledger.callsOf(email)).toHaveLength(1)
    },
  )

  it('concurrent requests with different keys for one e-mail lead to no overlapping calls', async () => {
    const email = 'many-keys@example.com'
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? one : other).rest.orchestrateRegistration(requestOf(email)),
      ),
    )
    const { ledger } = one.partner
    expect(ledger.overlappingCalls()).toEqual([])
    expect(ledger.accountsOf(email)).toHaveLength(1)
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(1)
  })
})
