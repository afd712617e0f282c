import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { expect, it } from 'vitest'
import { createOutageJournal } from '../../src/journal/outage-journal.ts'
import { checkKeys } from '../../src/store/check-keys.ts'
import type { Database } from '../../src/store/database.ts'
import { createSecretBox } from '../../src/store/secret-box.ts'
import { errorOf, OPERATOR, operatorClient, WITH_OPERATOR } from '../operator/operator-client.ts'
import { migratedDatabase } from '../support/migrated-database.ts'
import { runCommand } from '../support/run-commands.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const keyOf = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64')}`
const request = { email: 'ann@example.com', visitorId: 'visitor-1' }
const UNREADABLE = 'the secrets of a registration cannot be decrypted'

it('a server does not start without a key that stored secrets need, and starts once it is listed', async () => {
  await using first = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  await first.rest.orchestrateRegistration(request)
  await expect(startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keyOf('autumn', 2) } })).rejects.toThrow(
    'ENCRYPTION_KEYS lacks the keys "spring" (needed by registrations).',
  )
  await using _ = await startServer({
    env: { ...first.replica, ENCRYPTION_KEYS: `${keyOf('autumn', 2)},${keyOf('spring', 1)}` },
  })
})

it('a server does not start without a key that the outage journal needs', async () => {
  using folder = temporaryFolder()
  const journal = createOutageJournal(folder.path, createSecretBox([{ id: 'spring', key: Buffer.alloc(32, 1) }]))
  await journal.append({
    call: { id: 'an id', attempt: 1 },
    settlement: { to: 'rejected', code: 'PARTNER_REJECTED', message: null },
  })
  await expect(startServer({ env: { DATA_DIR: folder.path, ENCRYPTION_KEYS: keyOf('autumn', 2) } })).rejects.toThrow(
    `ENCRYPTION_KEYS lacks the keys "spring" (needed by the outage journal in ${folder.path}).`,
  )
})

it('a server does not start with a different key under a known id', async () => {
  await using first = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  const other = startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keyOf('spring', 2) } })
  await expect(other).rejects.toThrow('ENCRYPTION_KEYS: "spring" is not the key that this database knows by that id.')
})

it('during a key rotation in two steps every replica can read the links of the others', async () => {
  const [old, both, inFront] = [
    keyOf('spring', 1),
    `${keyOf('spring', 1)},${keyOf('autumn', 2)}`,
    `${keyOf('autumn', 2)},${keyOf('spring', 1)}`,
  ]
  await using first = await startServer({ env: { ENCRYPTION_KEYS: old } })
  const start = (keys: string) => startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keys } })
  let visitors = 0
  /** Registers at one replica, and repeats the request at the other. */
  async function registerAndReplay(one: TestServer, other: TestServer) {
    visitors++
    const visitor = {
      email: `visitor-${visitors}@example.com`,
      visitorId: 'v',
      idempotencyKey: `the key of visitor ${visitors}`,
    }
    const { answer } = await one.rest.orchestrateRegistration(visitor)
    const again = await other.rest.orchestrateRegistration(visitor)
    expect(again).toMatchObject({ status: 200, answer: { ...answer, replayed: true } })
  }
  // The new key is first listed behind the old one on all replicas, and only then put first.
  await using second = await start(both)
  await registerAndReplay(first, second)
  await registerAndReplay(second, first)
  await using third = await start(inFront)
  await registerAndReplay(second, third)
  await registerAndReplay(third, second)
  for (const { log } of [second, third])
    expect(log).not.toContainEqual(expect.objectContaining({ key: expect.any(String) }))
})

it('a replica without a key that another one already uses answers without the secrets instead of with an error', async () => {
  await using old = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  const keys = `${keyOf('autumn', 2)},${keyOf('spring', 1)}`
  await using premature = await startServer({ env: { ...old.replica, ENCRYPTION_KEYS: keys } })
  expect(premature.log).toContainEqual(expect.objectContaining({ level: 40, key: 'autumn' }))
  const visitor = { ...request, idempotencyKey: 'the key of a premature rotation' }
  const { answer } = await premature.rest.orchestrateRegistration(visitor)
  expect(answer).toMatchObject({ success: true, depositUrl: expect.stringMatching(/^https:/) })
  const read = await old.rest.orchestrateRegistration(visitor)
  expect(read).toMatchObject({ status: 200, answer: { success: true, registrationId: expect.any(String) } })
  expect(JSON.stringify(read.answer)).not.toContain('password')
  expect(old.log).toContainEqual(expect.objectContaining({ msg: UNREADABLE }))
})

it('a server does not start with a different key under a known id on a database without check values', async () => {
  await using first = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  await first.rest.orchestrateRegistration(request)
  // As the previous version left the database.
  await first.database.query('delete from registration_encryption_keys')
  const start = (byte: number) => startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keyOf('spring', byte) } })
  await expect(start(2)).rejects.toThrow(
    'ENCRYPTION_KEYS: "spring" is not the key that this database knows by that id.',
  )
  await using _ = await start(1)
})

it('of processes that concurrently bring different keys under a new id one starts', async () => {
  const databaseUrl = await migratedDatabase()
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  const keys = Array.from({ length: 4 }, (_, byte) => ({ id: 'spring', key: Buffer.alloc(32, byte) }))
  const started = await Promise.allSettled(keys.map((key) => checkKeys(db, createSecretBox([key]), { record: true })))
  await db.destroy()
  expect(started.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

it('a key with which the server did not start leaves no check value', async () => {
  await using first = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  await first.rest.orchestrateRegistration(request)
  const mistaken = startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keyOf('autumn', 9) } })
  await expect(mistaken).rejects.toThrow('lacks the keys "spring"')
  const corrected = `${keyOf('spring', 1)},${keyOf('autumn', 2)}`
  await using _ = await startServer({ env: { ...first.replica, ENCRYPTION_KEYS: corrected } })
})

it('a new key in first place on a database without check values is logged as a warning', async () => {
  await using first = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  await first.rest.orchestrateRegistration(request)
  await first.database.query('delete from registration_encryption_keys')
  const keys = `${keyOf('autumn', 2)},${keyOf('spring', 1)}`
  await using premature = await startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keys } })
  expect(premature.log).toContainEqual(
    expect.objectContaining({ level: 40, key: 'autumn', msg: expect.stringMatching(/behind.*in front/) }),
  )
})

it('an unlisted key is logged once, and every read that needs it is counted', async () => {
  await using old = await startServer({ env: { ...WITH_OPERATOR, ENCRYPTION_KEYS: keyOf('spring', 1) } })
  const keys = `${keyOf('autumn', 2)},${keyOf('spring', 1)}`
  await using premature = await startServer({ env: { ...old.replica, ENCRYPTION_KEYS: keys } })
  const visitors = ['ann', 'bob'].map((name) => ({
    email: `${name}@example.com`,
    visitorId: 'v',
    idempotencyKey: `the idempotency key of ${name}`,
  }))
  for (const visitor of visitors) await premature.rest.orchestrateRegistration(visitor)
  for (const visitor of [...visitors, ...visitors]) await old.rest.orchestrateRegistration(visitor)
  const lines = old.log.filter(({ msg }) => msg === UNREADABLE)
  expect(lines).toEqual([expect.objectContaining({ level: 50, key: 'autumn', registrationId: expect.any(String) })])
  const metrics = await fetch(`${old.url}/metrics`, { headers: { authorization: `Bearer ${OPERATOR.key}` } })
  expect(await metrics.text()).toMatch(/^registration_unreadable_secrets_total [4-9]/m)
})

it('a visitor whose link needs an unlisted key gets LINK_UNAVAILABLE, and the link from a replica with the key', async () => {
  await using old = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  const keys = `${keyOf('autumn', 2)},${keyOf('spring', 1)}`
  await using premature = await startServer({ env: { ...old.replica, ENCRYPTION_KEYS: keys } })
  old.partner.misbehave('*', 'only-autologin')
  const visitor = { ...request, idempotencyKey: 'the key of a premature rotation' }
  const { answer } = await premature.rest.orchestrateRegistration(visitor)
  expect(answer).toMatchObject({ success: true, depositUrl: expect.stringMatching(/autologin/) })
  for (const client of [old.rest, old.trpc]) {
    expect(await client.orchestrateRegistration(visitor)).toMatchObject({
      status: 200,
      answer: { success: true, code: 'LINK_UNAVAILABLE', depositUrl: null },
    })
  }
  expect(old.partner.ledger.calls).toHaveLength(1)
  expect(await premature.rest.orchestrateRegistration(visitor)).toMatchObject({ answer: { ...answer, replayed: true } })
})

it('operators get an error that names the key of a secret which is unlisted or does not fit', async () => {
  await using old = await startServer({ env: { ...WITH_OPERATOR, ENCRYPTION_KEYS: keyOf('spring', 1) } })
  const keys = `${keyOf('autumn', 2)},${keyOf('spring', 1)}`
  await using premature = await startServer({ env: { ...old.replica, ENCRYPTION_KEYS: keys } })
  const { answer } = await premature.rest.orchestrateRegistration(request)
  const { registrationId: id } = answer as { registrationId: string }
  const act = { id, reason: 'a ticket' }
  const operators = operatorClient(old).registrations
  expect(await errorOf(operators.reveal.mutate(act))).toMatchObject({
    status: 409,
    message: expect.stringContaining('encrypted with the key "autumn", which ENCRYPTION_KEYS doesn\'t list'),
  })
  // The tombstones' own key is created when it is first needed, here encrypted with the new key.
  await runCommand({ ...old.replica, ENCRYPTION_KEYS: keys }, ['export', '--email', request.email])
  expect(await errorOf(operators.erase.mutate(act))).toMatchObject({
    status: 409,
    message: expect.stringContaining('"autumn"'),
  })
  const env = { ...old.replica, ENCRYPTION_KEYS: keyOf('spring', 1) }
  const exported = await runCommand(env, ['export', '--email', request.email])
  expect(exported).toMatchObject({ exitCode: 1, err: expect.stringContaining('"autumn"') })

  await old.database.query(`update registrations set partner_secrets = 'spring:' || repeat('A', 60)`)
  expect(await errorOf(operators.reveal.mutate(act))).toMatchObject({
    status: 409,
    message: expect.stringContaining('does not fit the key "spring"'),
  })
  const { out } = await runCommand({ ...env, ENCRYPTION_KEYS: keys }, ['export', '--email', request.email])
  expect(JSON.parse(out).registrations[0]).toMatchObject({
    partner_secrets: expect.stringContaining('unreadable: The secret does not fit the key "spring"'),
  })
})

it('a command does not run with a different key under a known id, and keeps no check value of keys that no server lists', async () => {
  using folder = temporaryFolder()
  await using server = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  await server.rest.orchestrateRegistration(request)
  const env = (keys: string) => ({ ...server.replica, DATA_DIR: folder.path, ENCRYPTION_KEYS: keys })
  const commands = [
    ['re-encrypt'],
    ['journal', '--drain', '--yes'],
    ['export', '--email', request.email],
    ['erase', '--email', request.email, '--reason', 'a ticket', '--yes'],
  ]
  for (const command of commands) {
    expect(await runCommand(env(keyOf('spring', 2)), command)).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('"spring" is not the key that this database knows by that id'),
    })
  }
  // Servers could not read what is encrypted with a key that none of them lists.
  expect(await runCommand(env(`${keyOf('autumn', 2)},${keyOf('spring', 1)}`), ['re-encrypt'])).toMatchObject({
    exitCode: 0,
    err: expect.stringContaining('No server has listed the key "autumn" yet'),
  })
  const { rows } = await server.database.query('select id from registration_encryption_keys')
  expect(rows).toEqual([{ id: 'spring' }])
})
