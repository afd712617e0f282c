import { eventually } from '@registration/test-harness'
import { describe, expect, it } from 'vitest'
import { rowsOf, startServer, type TestServer } from '../support/start-server.ts'

const visitor = (name: string) => ({
  email: `${name}@example.com`,
  visitorId: 'v',
  idempotencyKey: `the key of the visitor ${name}`,
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

describe('a host’s hook', { concurrent: true }, () => {
  it('that never ends costs nobody the link, keeps no other visitor from the database, and is done again when it is well', async () => {
    let isIll = true
    // More than the host has connections.
    const names = crowd(10)
    await using server = await startServer({
      env: { DATABASE_POOL: '4' },
      onSettled: () => (isIll ? new Promise<void>(() => undefined) : Promise.resolve()),
    })
    const replies = names.map((name) => register(server, name))
    await eventually(() => expect(server.partner.ledger.accounts).toHaveLength(names.length))
    // Its connections hang, and those of visitors don't.
    server.partner.misbehave(visitor('refused').email, 'multiple-accounts')
    expect(await register(server, 'refused')).toMatchObject({ status: 400 })
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    for (const reply of await Promise.all(replies)) expect(reply).toMatchObject(LINK)
    isIll = false
    await untilSaved(server, names)
    expect(server.partner.ledger.calls).toHaveLength(names.length + 1)
  })

  it('that is slow keeps results out of the journal of a database that is there', async () => {
    const names = crowd(40)
    await using server = await startServer({ onSettled: () => new Promise((resolve) => setTimeout(resolve, 750)) })
    const replies = await Promise.all(names.map((name) => register(server, name)))
    for (const reply of replies) expect(reply).toMatchObject(LINK)
    expect(said(server, KEPT)).toEqual([])
    await untilSaved(server, names)
  })

  it('that refuses one registration changes nothing that its callers read, and calls nobody twice', async () => {
    let isIll = true
    await using server = await startServer({
      onSettled: async (_, { email }) => {
        if (isIll && email === visitor('bob').email) throw new Error('no such tariff')
      },
    })
    const first = await register(server, 'bob')
    expect(first).toMatchObject(LINK)
    expect(await register(server, 'ann')).toMatchObject(LINK)
    const { idempotencyKey } = visitor('bob')
    const again = [await register(server, 'bob'), await server.rest.registrationStatus({ idempotencyKey })]
    const { depositUrl } = first.answer as { depositUrl: string }
    for (const reply of again) expect(reply).toMatchObject({ status: 200, answer: { depositUrl, replayed: true } })

    // Another replica waits for it, and neither asks the partner nor makes up an outcome.
    await using other = await startServer({ env: { ...server.replica, REQUEST_DEADLINE_MS: '300' } })
    expect(await register(other, 'bob')).toMatchObject({ status: 202, answer: { code: 'PENDING' } })
    isIll = false
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

it('a row that somebody has locked costs its visitor nothing, nor anybody else', async () => {
  await using server = await startServer()
  const letGo = Promise.withResolvers<void>()
  const names = crowd(12)
  for (const name of names) server.partner.misbehave(visitor(name).email, 'slow', { until: letGo.promise })
  const replies = names.map((name) => register(server, name))
  await server.partner.ledger.until(({ calls }) => calls.length === names.length)
  const holder = await server.database.connect()
  await holder.query('begin')
  await holder.query('select from registrations where email = $1 for update', [visitor('visitor-3').email])
  letGo.resolve()
  // All of them while it is locked, and none by waiting for it.
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
  const onFile = await server.database.query(`select count(*)::int from registrations where status = 'succeeded'`)
  expect(onFile.rows).toEqual([{ count: names.length - 1 + 20 }])
  await holder.query('rollback')
  holder.release()
  await untilSaved(server, [...names, ...crowd(20)])
})
