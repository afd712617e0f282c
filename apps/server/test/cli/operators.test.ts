import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOutageJournal } from '../../src/journal/outage-journal.ts'
import { createSecretBox } from '../../src/store/secret-box.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { runCommand } from '../support/run-commands.ts'
import { rowsOf, startServer, type TestServer } from '../support/start-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const KEY = Buffer.alloc(32, 1)
const ENCRYPTION_KEYS = `test:${KEY.toString('base64')}`
const LINK = 'https://pay.partner.example/deposit?account=7'
const ABSENT = '01900000-0000-7000-8000-000000000000'
const WHY = ['--reason', 'ticket 12', '--by', 'ann', '--yes']

let server: TestServer
let env: Record<string, string>
let visitors = 0

beforeAll(async () => {
  const partner = { PARTNER_UNIQUE_BY_EMAIL: 'false', REDIRECT_HOSTS: '*.partner.example' }
  server = await startServer({ env: partner })
  env = { ...server.replica, ...partner, ENCRYPTION_KEYS }
})
afterAll(() => server[Symbol.asyncDispose]())

async function insertStuck() {
  const email = `visitor-${++visitors}@example.com`
  const request = { email, visitorId: 'v', idempotencyKey: `the key of ${email}` }
  server.partner.misbehave(email, 'reset', { times: 1 })
  await server.rest.orchestrateRegistration(request)
  const [row] = await rowsOf(server, email)
  await server.database.query('update registrations set lease_until = null where id = $1', [row?.id])
  return { request, id: row?.id ?? '' }
}

describe('the operators’ commands', () => {
  it('list, resolve and show a stuck registration, and the visitor’s next request gets the link', async () => {
    const { request, id } = await insertStuck()
    const listed = await runCommand(env, ['list', '--status', 'stuck', '--email', request.email.toUpperCase()])
    expect(listed.exitCode).toBe(0)
    expect(JSON.parse(listed.out)).toMatchObject({ items: [{ id, status: 'stuck' }], nextCursor: null })
    const outcome = ['--outcome', 'account_with_link', '--deposit-url', LINK]
    const resolved = await runCommand(env, ['resolve', id, ...outcome, ...WHY])
    expect(resolved.exitCode).toBe(0)
    const shown = await runCommand(env, ['show', id])
    expect(JSON.parse(shown.out)).toMatchObject({
      status: 'succeeded',
      history: expect.arrayContaining([
        expect.objectContaining({ kind: 'action', action: 'resolve', by: 'ann', reason: 'ticket 12' }),
      ]),
    })
    expect(shown.out).not.toContain(LINK)
    expect((await server.rest.orchestrateRegistration(request)).answer).toMatchObject({ depositUrl: LINK })
  })

  it('resolve changes nothing without a confirmation', async () => {
    const { id } = await insertStuck()
    const unconfirmed = ['resolve', id, '--outcome', 'absent', '--reason', 'ticket 12']
    expect((await runCommand(env, unconfirmed)).exitCode).toBe(3)
    expect((await runCommand(env, unconfirmed, 'no')).exitCode).toBe(3)
    expect(JSON.parse((await runCommand(env, ['show', id])).out)).toMatchObject({ status: 'stuck' })
    expect((await runCommand(env, unconfirmed, 'yes')).exitCode).toBe(0)
  })

  it.each([
    ['an invalid id', ['show', 'x'], 2, 'must be the id of a registration'],
    ['an unknown registration', ['show', ABSENT], 4, `There is no registration ${ABSENT}`],
    ['an unknown status', ['list', '--status', 'lost'], 2, 'status.0'],
    ['a retry that could create a second account', ['retry', ABSENT, ...WHY], 4, 'PARTNER_UNIQUE_BY_EMAIL'],
    ['a missing reason', ['retry', ABSENT, '--yes'], 2, '--reason'],
  ])('%s is an error with a message and an exit code', async (_, args, exitCode, message) => {
    const run = await runCommand(env, args)
    expect(run).toMatchObject({ exitCode, out: '', err: expect.stringContaining(message) })
  })

  it('a link to a host that is not allowed is refused', async () => {
    const { id } = await insertStuck()
    const link = ['--outcome', 'account_with_link', '--deposit-url', 'https://evil.example/']
    const run = await runCommand(env, ['resolve', id, ...link, ...WHY])
    expect(run).toMatchObject({ exitCode: 4, err: expect.stringContaining('REDIRECT_HOSTS') })
  })
})

describe('the events command', () => {
  const withEndpoint = () => ({
    ...env,
    WEBHOOK_ENDPOINTS: 'crm:https://crm.example/hook',
    WEBHOOK_SECRETS: `crm:whsec_${KEY.toString('base64')}`,
  })

  async function insertDead(): Promise<{ id: string; registrationId: string }> {
    const { id: registrationId } = await insertStuck()
    const { rows } = await server.database.query(
      `insert into registration_events (id, endpoint, registration_id, type, state, attempts, last_status, finished_at)
       values (gen_random_uuid(), 'crm', $1, 'registration.stuck', 'dead', 12, 500, now()) returning id`,
      [registrationId],
    )
    return { id: rows[0].id, registrationId }
  }

  it('lists events and redrives one or all dead ones, which is recorded in the history of their registrations', async () => {
    const [one, other] = [await insertDead(), await insertDead()]
    const listed = await runCommand(withEndpoint(), [
      'events',
      'list',
      '--state',
      'dead',
      '--endpoint',
      'crm',
      '--limit',
      '1',
    ])
    expect(listed.exitCode).toBe(0)
    expect(JSON.parse(listed.out)).toMatchObject({
      items: [{ endpoint: 'crm', state: 'dead', attempts: 12, lastStatus: 500 }],
      nextCursor: expect.stringMatching(/:crm$/),
    })
    const redriven = await runCommand(withEndpoint(), ['events', 'redrive', one.id, '--endpoint', 'crm', ...WHY])
    expect(redriven).toMatchObject({ exitCode: 0, out: '{\n  "redriven": 1\n}\n' })
    const rest = await runCommand(withEndpoint(), ['events', 'redrive', '--type', 'registration.stuck', ...WHY])
    expect(JSON.parse(rest.out)).toEqual({ redriven: 1 })
    for (const { registrationId } of [one, other]) {
      expect(JSON.parse((await runCommand(env, ['show', registrationId])).out).history[0]).toMatchObject({
        action: 'redrive',
        by: 'ann',
        reason: 'ticket 12',
      })
    }
  })

  it('redrives nothing without a confirmation', async () => {
    const { id } = await insertDead()
    const unconfirmed = ['events', 'redrive', id, '--endpoint', 'crm', '--reason', 'ticket 12']
    expect((await runCommand(withEndpoint(), unconfirmed, 'no')).exitCode).toBe(3)
    const { rows } = await server.database.query('select state from registration_events where id = $1', [id])
    expect(rows).toEqual([{ state: 'dead' }])
  })

  it.each([
    ['an unknown event', [ABSENT, '--endpoint', 'crm', ...WHY], 4, `There is no event ${ABSENT} for crm`],
    ['an unlisted endpoint', ['--endpoint', 'mail', ...WHY], 4, 'WEBHOOK_ENDPOINTS does not list mail'],
    ['an id without an endpoint', [ABSENT, ...WHY], 2, 'endpoint'],
    ['an unknown type', ['--type', 'lost', ...WHY], 2, 'dead.type.0'],
    ['a missing reason', ['--yes'], 2, '--reason'],
  ])('refuses %s with a message and an exit code', async (_, args, exitCode, message) => {
    const run = await runCommand(withEndpoint(), ['events', 'redrive', ...args])
    expect(run).toMatchObject({ exitCode, out: '', err: expect.stringContaining(message) })
  })
})

describe('the journal command', () => {
  it('--drop deletes the results of one registration, records that, and keeps the others', async () => {
    using folder = temporaryFolder()
    const journal = createOutageJournal(folder.path, createSecretBox([{ id: 'test', key: KEY }]))
    const [bad, good] = [crypto.randomUUID(), crypto.randomUUID()]
    const settlement = { to: 'rejected', code: 'PARTNER_REJECTED', message: null } as const
    for (const id of [bad, good]) await journal.append({ call: { id, attempt: 1 }, settlement })
    const here = { ...env, DATA_DIR: folder.path }
    const drop = ['journal', '--drop', bad, '--by', 'ann']
    expect(await runCommand(here, [...drop, '--yes'])).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('--reason'),
    })
    expect(await runCommand(here, [...drop, '--reason', 'a ticket'])).toMatchObject({ exitCode: 3 })
    const dropped = await runCommand(here, [...drop, '--reason', 'a ticket', '--yes'])
    expect(JSON.parse(dropped.out)).toEqual({ dropped: 1, left: 1 })
    expect(journal.load().entries).toMatchObject([{ call: { id: good } }])
    const { rows } = await server.database.query(
      'select action, operator, reason from registration_acts where registration_id = $1',
      [bad],
    )
    expect(rows).toEqual([{ action: 'drop', operator: 'ann', reason: 'a ticket' }])
    expect(await runCommand(here, [...drop, '--reason', 'a ticket', '--yes'])).toMatchObject({ exitCode: 4 })
  })

  it('lists waiting results, and --drain saves them', async () => {
    using folder = temporaryFolder()
    const here = { ...env, DATA_DIR: folder.path }
    const { request, id } = await insertStuck()
    const journal = createOutageJournal(folder.path, createSecretBox([{ id: 'test', key: KEY }]))
    const answer = { success: true, domain: 'partner.example', deposit: '/deposit' }
    await journal.append({ call: { id, attempt: 1 }, settlement: { to: 'succeeded', answer, depositUrl: LINK } })

    const listed = await runCommand(here, ['journal'])
    expect(JSON.parse(listed.out)).toEqual({
      waiting: [{ id, attempt: 1, result: 'succeeded' }],
      unreadable: 0,
      keys: ['test'],
    })
    const drained = await runCommand(here, ['journal', '--drain', '--yes'])
    expect(drained.exitCode).toBe(0)
    expect(JSON.parse(drained.out)).toEqual({ written: 1, left: 0, unreadable: 0, keys: [] })
    expect((await server.rest.orchestrateRegistration(request)).answer).toMatchObject({ depositUrl: LINK })
  })
})

describe('migrate and check-config', () => {
  it('migrate prepares an empty database for a server with MIGRATE_ON_START=false', async () => {
    const databaseUrl = await freshDatabase()
    const bare = { ...env, DATABASE_URL: databaseUrl }
    for (const _ of ['once', 'and again']) {
      expect(await runCommand(bare, ['migrate'])).toMatchObject({ exitCode: 0, err: '' })
    }
    await using started = await startServer({ env: { DATABASE_URL: databaseUrl, MIGRATE_ON_START: 'false' } })
    const { status } = await started.rest.orchestrateRegistration({ email: 'ann@example.com', visitorId: 'v' })
    expect(status).toBe(200)
  })

  it('check-config validates the environment and prints no secret', async () => {
    const good = await runCommand({ ...env, OPERATOR_API_KEYS: 'ann:0123456789abcdef' }, ['check-config'])
    expect(JSON.parse(good.out)).toMatchObject({ usable: true, operators: ['ann'], encryptionKeys: ['test'] })
    expect(good.out).not.toMatch(/0123456789abcdef|postgres:\/\//)
    expect(good.out).not.toContain(KEY.toString('base64'))
    const bad = await runCommand({ PORT: 'high' }, ['check-config'])
    expect(bad.exitCode).toBe(2)
    expect(bad.err).toMatch(/PORT: must be.*\n.*PARTNER_URL: is missing/)
  })
})
