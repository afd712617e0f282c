import { describe, expect, it } from 'vitest'
import { rowsOf, startServer, type TestServer } from './support/start-server.ts'

const request = { email: 'ann@example.com', visitorId: 'visitor-1' }

/** A registration whose answer takes the partner a moment, at the moment when the partner has the call. */
async function underWay(server: TestServer) {
  server.partner.misbehave(request.email, 'slow-answer', { delayMs: 600 })
  const answered = server.rest.orchestrateRegistration(request)
  await server.partner.ledger.until(({ accounts }) => accounts.length > 0)
  return { answered }
}

describe('while the partner is asked', () => {
  it('has the intent committed, under the key that the partner was given', async () => {
    await using server = await startServer()
    const { answered } = await underWay(server)
    const [row] = await rowsOf(server, request.email)
    expect(row).toMatchObject({ status: 'pending', attempts: 1, asking: true, lease_until: expect.any(Date) })
    expect(server.partner.ledger.calls[0]?.headers['idempotency-key']).toBe(row?.id)
    expect((await answered).status).toBe(200)
  })

  it('holds no transaction', async () => {
    await using server = await startServer()
    const { answered } = await underWay(server)
    const { rows } = await server.database.query(
      `select pid from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
    )
    expect(rows).toEqual([])
    expect((await answered).status).toBe(200)
  })
})

describe('of two replicas', () => {
  it.each(['rest', 'trpc'] as const)(
    'one asks the partner, and all callers with the key get its outcome (%s)',
    async (door) => {
      await using one = await startServer()
      await using other = await startServer({ env: one.replica })
      const keyed = { ...request, idempotencyKey: 'the key of one visitor' }
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other)[door].orchestrateRegistration(keyed)),
      )
      const outcomes = replies.map(({ answer }) => ({ ...answer, replayed: undefined }))
      expect(outcomes).toEqual(outcomes.map(() => outcomes[0]))
      expect(replies[0]?.answer).toMatchObject({ success: true })
      expect(one.partner.ledger.calls).toHaveLength(1)
    },
  )

  it('both never ask for one e-mail at once, whatever the keys', async () => {
    await using one = await startServer()
    await using other = await startServer({ env: one.replica })
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other).rest.orchestrateRegistration(request)),
    )
    const { ledger } = one.partner
    expect(ledger.overlappingCalls()).toEqual([])
    expect(ledger.accountsOf(request.email)).toHaveLength(1)
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
  })
})
