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

it('names the key that stored secrets still need, and starts once it is listed', async () => {
  await using first = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  await first.rest.orchestrateRegistration(request)
  await expect(startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keyOf('autumn', 2) } })).rejects.toThrow(
    'ENCRYPTION_KEYS lacks the keys "spring" (needed by registrations).',
  )
  await using _ = await startServer({
    env: { ...first.replica, ENCRYPTION_KEYS: `${keyOf('autumn', 2)},${keyOf('spring', 1)}` },
  })
})

it('names the key that the outage journal still needs', async () => {
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

it('refuses a key that is another one under an id that the database knows, and says so', async () => {
  await using first = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  const other = startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keyOf('spring', 2) } })
  await expect(other).rejects.toThrow('ENCRYPTION_KEYS: "spring" is not the key that this database knows by that id.')
})

it('lets a new key take the place of an old one in two steps, without a replica that can’t read another’s links', async () => {
  const [old, both, inFront] = [
    keyOf('spring', 1),
    `${keyOf('spring', 1)},${keyOf('autumn', 2)}`,
    `${keyOf('autumn', 2)},${keyOf('spring', 1)}`,
  ]
  await using first = await startServer({ env: { ENCRYPTION_KEYS: old } })
  const start = (keys: string) => startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keys } })
  let visitors = 0
  /** Registers at one replica, and asks the other for the same. */
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
  // Behind first, everywhere; and only then in front.
  await using second = await start(both)
  await registerAndReplay(first, second)
  await registerAndReplay(second, first)
  await using third = await start(inFront)
  await registerAndReplay(second, third)
  await registerAndReplay(third, second)
  for (const { log } of [second, third])
    expect(log).not.toContainEqual(expect.objectContaining({ key: expect.any(String) }))
})

it('gives no secrets, rather than an error, where a key was put in front at once that another replica does not list', async () => {
  await using old = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  const keys = `${keyOf('autumn', 2)},${keyOf('spring', 1)}`
  await using hasty = await startServer({ env: { ...old.replica, ENCRYPTION_KEYS: keys } })
  expect(hasty.log).toContainEqual(expect.objectContaining({ level: 40, key: 'autumn' }))
  const visitor = { ...request, idempotencyKey: 'the key of a hasty rotation' }
  const { answer } = await hasty.rest.orchestrateRegistration(visitor)
  expect(answer).toMatchObject({ success: true, depositUrl: expect.stringMatching(/^https:/) })
  const read = await old.rest.orchestrateRegistration(visitor)
  expect(read).toMatchObject({ status: 200, answer: { success: true, registrationId: expect.any(String) } })
  expect(JSON.stringify(read.answer)).not.toContain('password')
  expect(old.log).toContainEqual(expect.objectContaining({ msg: UNREADABLE }))
})

it('refuses, on a database that no check value was kept in before, a key that does not open what it has under that id', async () => {
  await using first = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  await first.rest.orchestrateRegistration(request)
  // As the version before left it.
  await first.database.query('delete from registration_encryption_keys')
  const start = (byte: number) => startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keyOf('spring', byte) } })
  await expect(start(2)).rejects.toThrow(
    'ENCRYPTION_KEYS: "spring" is not the key that this database knows by that id.',
  )
  await using _ = await start(1)
})

it('lets one of two processes start that bring different keys under a new id at once', async () => {
  const databaseUrl = await migratedDatabase()
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  const keys = Array.from({ length: 4 }, (_, byte) => ({ id: 'spring', key: Buffer.alloc(32, byte) }))
  const started = await Promise.allSettled(keys.map((key) => checkKeys(db, createSecretBox([key]), { record: true })))
  await db.destroy()
  expect(started.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

it('keeps no check value of keys with which the process does not start', async () => {
  await using first = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  await first.rest.orchestrateRegistration(request)
  const mistaken = startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keyOf('autumn', 9) } })
  await expect(mistaken).rejects.toThrow('lacks the keys "spring"')
  const corrected = `${keyOf('spring', 1)},${keyOf('autumn', 2)}`
  await using _ = await startServer({ env: { ...first.replica, ENCRYPTION_KEYS: corrected } })
})

it('warns of a key that is new in front on a database that is used with another one and has no check values yet', async () => {
  await using first = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  await first.rest.orchestrateRegistration(request)
  await first.database.query('delete from registration_encryption_keys')
  const keys = `${keyOf('autumn', 2)},${keyOf('spring', 1)}`
  await using hasty = await startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keys } })
  expect(hasty.log).toContainEqual(
    expect.objectContaining({ level: 40, key: 'autumn', msg: expect.stringMatching(/behind.*in front/) }),
  )
})

it('says once for each key that is not listed what it keeps from visitors, and counts every read', async () => {
  await using old = await startServer({ env: { ...WITH_OPERATOR, ENCRYPTION_KEYS: keyOf('spring', 1) } })
  const keys = `${keyOf('autumn', 2)},${keyOf('spring', 1)}`
  await using hasty = await startServer({ env: { ...old.replica, ENCRYPTION_KEYS: keys } })
  const visitors = ['ann', 'bob'].map((name) => ({
    email: `${name}@example.com`,
    visitorId: 'v',
    idempotencyKey: `the idempotency key of ${name}`,
  }))
  for (const visitor of visitors) await hasty.rest.orchestrateRegistration(visitor)
  for (const visitor of [...visitors, ...visitors]) await old.rest.orchestrateRegistration(visitor)
  const lines = old.log.filter(({ msg }) => msg === UNREADABLE)
  expect(lines).toEqual([expect.objectContaining({ level: 50, key: 'autumn', registrationId: expect.any(String) })])
  const metrics = await fetch(`${old.url}/metrics`, { headers: { authorization: `Bearer ${OPERATOR.key}` } })
  expect(await metrics.text()).toMatch(/^registration_unreadable_secrets_total [4-9]/m)
})

it('tells a visitor whose link is one of the secrets that it is not available now, asks nobody, and gives it once it can', async () => {
  await using old = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  const keys = `${keyOf('autumn', 2)},${keyOf('spring', 1)}`
  await using hasty = await startServer({ env: { ...old.replica, ENCRYPTION_KEYS: keys } })
  old.partner.misbehave('*', 'only-autologin')
  const visitor = { ...request, idempotencyKey: 'the key of a hasty rotation' }
  const { answer } = await hasty.rest.orchestrateRegistration(visitor)
  expect(answer).toMatchObject({ success: true, depositUrl: expect.stringMatching(/autologin/) })
  for (const client of [old.rest, old.trpc]) {
    expect(await client.orchestrateRegistration(visitor)).toMatchObject({
      status: 200,
      answer: { success: true, code: 'LINK_UNAVAILABLE', depositUrl: null },
    })
  }
  expect(old.partner.ledger.calls).toHaveLength(1)
  expect(await hasty.rest.orchestrateRegistration(visitor)).toMatchObject({ answer: { ...answer, replayed: true } })
})

it('tells operators plainly that secrets can not be opened, whether their key is not listed or they were changed', async () => {
  await using old = await startServer({ env: { ...WITH_OPERATOR, ENCRYPTION_KEYS: keyOf('spring', 1) } })
  const keys = `${keyOf('autumn', 2)},${keyOf('spring', 1)}`
  await using hasty = await startServer({ env: { ...old.replica, ENCRYPTION_KEYS: keys } })
  const { answer } = await hasty.rest.orchestrateRegistration(request)
  const { registrationId: id } = answer as { registrationId: string }
  const act = { id, reason: 'a ticket' }
  const operators = operatorClient(old).registrations
  expect(await errorOf(operators.reveal.mutate(act))).toMatchObject({
    status: 409,
    message: expect.stringContaining('encrypted with the key "autumn", which ENCRYPTION_KEYS doesn\'t list'),
  })
  // Tombstones have their own key, which was first needed, and so made, where the new one is in front.
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

it('lets no command work with a key that is another one under a known id, and keeps nothing of keys that only it lists', async () => {
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
  // What no server lists is what none can read.
  expect(await runCommand(env(`${keyOf('autumn', 2)},${keyOf('spring', 1)}`), ['re-encrypt'])).toMatchObject({
    exitCode: 0,
    err: expect.stringContaining('No server has listed the key "autumn" yet'),
  })
  const { rows } = await server.database.query('select id from registration_encryption_keys')
  expect(rows).toEqual([{ id: 'spring' }])
})
