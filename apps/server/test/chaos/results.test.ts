import { eventually } from '@registration/test-harness'
import { describe, expect, it } from 'vitest'
import { rowsOf, startServer, type TestServer } from '../support/start-server.ts'

const visitor = (name: string) => ({
  email: `${name}@example.com`,
  visitorId: 'v',
  idempotencyKey: `idempotency key ${name}`,
})
const LINK = { status: 200, answer: { success: true, depositUrl: expect.stringMatching(/^https:/) } }
const KEPT = 'a result could not be saved, and waits in the outage journal'

const said = ({ log }: TestServer, what: string) => log.filter(({ msg }) => msg === what)
const register = (server: TestServer, name: string) => server.rest.orchestrateRegistration(visitor(name))
const crowd = (count: number) => Array.from({ length: count }, (_, index) => `visitor-${index}`)

async function untilSaved(server: TestServer, names: readonly string[]): Promise<void> {
  await eventually(async () => {
    const { rows } = await server.database.query(`select count(*)::int from registrations where status = 'succeeded'`)
    expect(rows).toEqual([{ count: names.length }])
  })
}

describe('an onSettled hook', { concurrent: true }, () => {
  it('a hook that hangs costs no visitor the link and blocks no other query, and runs again later', async () => {
    let isFailing = true
    // More than there are connections.
    const names = crowd(10)
    await using server = await startServer({
      env: { DATABASE_POOL: '4' },
      onSettled: () => (isFailing ? new Promise<void>(() => undefined) : Promise.resolve()),
    })
    const replies = names.map((name) => register(server, name))
    await eventually(() => expect(server.partner.ledger.accounts).toHaveLength(names.length))
    // The connections of the hook hang, and those for requests don't.
    server.partner.misbehave(visitor('refused').email, 'multiple-accounts')
    expect(await register(server, 'refused')).toMatchObject({ status: 400 })
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    for (const reply of await Promise.all(replies)) expect(reply).toMatchObject(LINK)
    isFailing = false
    await untilSaved(server, names)
    expect(server.partner.ledger.calls).toHaveLength(names.length + 1)
  })

  it('a slow hook does not send results to the outage journal', async () => {
    const names = crowd(40)
    await using server = await startServer({ onSettled: () => new Promise((resolve) => setTimeout(resolve, 750)) })
    const replies = await Promise.all(names.map((name) => register(server, name)))
    for (const reply of replies) expect(reply).toMatchObject(LINK)
    expect(said(server, KEPT)).toEqual([])
    await untilSaved(server, names)
  })

  it('a hook that throws for one registration changes no response and causes no second call', async () => {
    let isFailing = true
    await using server = await startServer({
      onSettled: async (_, { email }) => {
        if (isFailing && email === visitor('bob').email) throw new Error('no such tariff')
      },
    })
    const first = await register(server, 'bob')
    expect(first).toMatchObject(LINK)
    expect(await register(server, 'ann')).toMatchObject(LINK)
    const { idempotencyKey } = visitor('bob')
    const again = [await register(server, 'bob'), await server.rest.registrationStatus({ idempotencyKey })]
    const { depositUrl } = first.answer as { depositUrl: string }
    for (const reply of again) expect(reply).toMatchObject({ status: 200, answer: { depositUrl, replayed: true } })

    // Another replica waits for the result; it neither calls the partner nor settles the registration itself.
    await using other = await startServer({ env: { ...server.replica, REQUEST_DEADLINE_MS: '300' } })
    expect(await register(other, 'bob')).toMatchObject({ status: 202, answer: { code: 'PENDING' } })
    isFailing = false
    await eventually(async () =>
      expect(await rowsOf(server, visitor('bob').email)).toMatchObject([{ status: 'succeeded' }]),
    )
    expect(await register(other, 'bob')).toMatchObject({ status: 200, answer: { depositUrl } })
    expect(server.partner.ledger.callsOf(visitor('bob').email)).toHaveLength(1)
    expect(said(server, KEPT)).toHaveLength(1)
    expect(
      said(server, 'a result can not be written to its row for now: it is tried again, and needs attention'),
    ).toHaveLength(1)
  })
})

it('a row locked by another transaction delays no response, neither its own nor any other', async () => {
  await using server = await startServer()
  const release = Promise.withResolvers<void>()
  const names = crowd(12)
  for (const name of names) server.partner.misbehave(visitor(name).email, 'slow', { until: release.promise })
  const replies = names.map((name) => register(server, name))
  await server.partner.ledger.until(({ calls }) => calls.length === names.length)
  const holder = await server.database.connect()
  await holder.query('begin')
  await holder.query('select from registrations where email = $1 for update', [visitor('visitor-3').email])
  release.resolve()
  // All responses arrive while the row is locked, and no query waits for the lock.
  let isOver = false
  const answered = Promise.all(replies).finally(() => {
    isOver = true
  })
  const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  while (!isOver) expect((await server.database.query(waits)).rowCount).toBe(0)
  for (const reply of await answered) expect(reply).toMatchObject(LINK)
  expect(await Promise.all(crowd(20).map((name) => register(server, `later-${name}`)))).toEqual(
    expect.arrayContaining([expect.objectContaining({ status: 200 })]),
  )
  const saved = await server.database.query(`select count(*)::int from registrations where status = 'succeeded'`)
  expect(saved.rows).toEqual([{ count: names.length - 1 + 20 }])
  await holder.query('rollback')
  holder.release()
  await untilSaved(server, [...names, ...crowd(20)])
})
