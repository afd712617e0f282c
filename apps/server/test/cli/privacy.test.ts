import type { RegistrationSucceeded } from '@registration/shared'
import { describe, expect, it } from 'vitest'
import { runCommand } from '../support/run-commands.ts'
import { rowsOf, startServer, type TestServer } from '../support/start-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const person = {
  email: 'Ann@example.com',
  name: 'Ann Other',
  visitorId: 'visitor-1',
  idempotencyKey: 'the key of one visitor',
  siteUrl: 'https://www.example.com/?from=ann',
  trafficParams: { click_id: 'click-of-ann' },
  browserData: { screen: 'of ann' },
}
/** Alone: the letters may stand in any hash. */
const ANN = /\bann\b/i
const ERASE = ['erase', '--email', 'ann@EXAMPLE.com', '--reason', 'ticket 17', '--by', 'an operator']

const keyOf = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64')}`
const commandEnv = (server: TestServer, more: Record<string, string> = {}) => ({
  ...server.replica,
  ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}`,
  ...more,
})

/** Every cell of every table that the server has, as anybody sees it who can read them. */
async function everythingIn({ database }: TestServer): Promise<string> {
  const { rows } = await database.query(
    `select query_to_xml(format('select * from %I.%I', schemaname, tablename), true, false, '')::text as xml
     from pg_tables where schemaname = 'public'`,
  )
  return rows.map(({ xml }) => xml).join('\n')
}

describe('erase', () => {
  it('removes the person and the secrets, and leaves when and how it ended', async () => {
    await using server = await startServer()
    const { answer } = await server.rest.orchestrateRegistration(person)
    await server.rest.orchestrateRegistration({ ...person, idempotencyKey: 'another key of hers' })
    await server.rest.orchestrateRegistration({ email: 'bob@example.com', visitorId: 'v' })
    const { exitCode, out } = await runCommand(commandEnv(server), [...ERASE, '--yes'])
    expect(exitCode).toBe(0)
    expect(out).toMatch(/^The person was removed from 2 registrations\. On record as erased:\S+\.\n$/)

    const everything = await everythingIn(server)
    expect(everything).toContain('bob@example.com')
    expect(everything).not.toMatch(ANN)
    expect(everything).not.toContain(person.visitorId)
    const { depositUrl, userData } = answer as RegistrationSucceeded
    for (const given of [depositUrl, userData.login, userData.password, userData.autologin]) {
      expect(everything).not.toContain(`${given}`)
    }
    const { rows } = await server.database.query('select * from registrations where erased_at is not null')
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject({
      status: 'succeeded',
      source: 'erased',
      attempts: 1,
      partner_secrets: null,
      client_ip: null,
    })
    const { rows: audit } = await server.database.query('select * from registration_erasures')
    expect(audit).toMatchObject([{ reason: 'ticket 17', requested_by: 'an operator', registrations: 2 }])
    expect(audit[0].tombstone).toBe(rows[0].email_folded)
  })

  it('ends what the key of the registration opened', async () => {
    await using server = await startServer()
    await server.rest.orchestrateRegistration(person)
    await runCommand(commandEnv(server), [...ERASE, '--yes'])
    const { idempotencyKey } = person
    expect((await server.rest.registrationStatus({ idempotencyKey })).status).toBe(400)
  })

  it('waits for a call that is under way, whose row keeps the same e-mail from a second call beside it', async () => {
    await using server = await startServer()
    const { email } = person
    const answer = Promise.withResolvers<void>()
    server.partner.misbehave(email, 'slow-answer', { until: answer.promise, times: 1 })
    const answering = server.rest.orchestrateRegistration(person)
    await server.partner.ledger.until(({ accounts }) => accounts.length > 0)
    const erasing = runCommand(commandEnv(server), [...ERASE, '--yes'])
    const looks = `select from pg_stat_activity where datname = current_database() and query like '%lease_until >%for update%'`
    await expect.poll(async () => (await server.database.query(looks)).rowCount).toBeGreaterThan(0)
    const another = await server.rest.orchestrateRegistration({
      ...person,
      idempotencyKey: 'another key of the same person',
    })
    expect(another.answer).toMatchObject({ code: 'IN_PROGRESS' })
    answer.resolve()
    expect((await answering).answer).toMatchObject({ success: true })
    expect((await erasing).exitCode).toBe(0)
    expect(server.partner.ledger.calls).toHaveLength(1)
    expect(await everythingIn(server)).not.toMatch(ANN)
    // Nothing of the lease is left either, which nobody could wait for.
    const { rows } = await server.database.query('select status, lease_until from registrations')
    expect(rows).toEqual([{ status: 'succeeded', lease_until: null }])
  })

  it('lets no late result bring the person back, not even one from the outage journal', async () => {
    await using server = await startServer()
    const { email } = person
    const answer = Promise.withResolvers<void>()
    server.partner.misbehave(email, 'slow-answer', { until: answer.promise })
    const answering = server.rest.orchestrateRegistration(person)
    await server.partner.ledger.until(({ accounts }) => accounts.length > 0)
    // As of a process that was frozen: its call goes on beyond its lease.
    await server.database.query(
      `update registrations set lease_until = now(), next_attempt_at = now() + interval '1 hour'`,
    )
    await runCommand(commandEnv(server), [...ERASE, '--yes'])
    await server.databaseProxy.disable()
    // Its result waits in the journal until the database is back.
    answer.resolve()
    expect((await answering).answer).toMatchObject({ success: true })
    await server.databaseProxy.enable()
    await expect.poll(() => server.log.map(({ msg }) => msg)).toContain('results were written from the outage journal')
    const everything = await everythingIn(server)
    expect(everything).not.toMatch(ANN)
    expect(everything).not.toContain('token=')
    const { rows } = await server.database.query('select status, partner_secrets, deposit_url from registrations')
    expect(rows).toEqual([{ status: 'released', partner_secrets: null, deposit_url: null }])
  })

  it('keeps recovery from asking the partner about an erased person', async () => {
    // The caller soon gives up, and recovery is kept from it until the person is erased.
    await using server = await startServer({ env: { REQUEST_DEADLINE_MS: '300' } })
    server.partner.misbehave(person.email, 'server-error-500')
    await server.rest.orchestrateRegistration(person)
    const postpone = `update registrations set next_attempt_at = now() + interval '1 hour'
      where status = 'uncertain' and not asking`
    await expect.poll(async () => (await server.database.query(postpone)).rowCount).toBe(1)
    await runCommand(commandEnv(server), [...ERASE, '--yes'])
    const { rows } = await server.database.query(
      `select from registrations where status in ('pending', 'uncertain', 'stuck') or next_attempt_at is not null`,
    )
    expect(rows).toEqual([])
  })

  it.each([
    ['where nobody can be asked', undefined, 3],
    ['where somebody says no', 'no', 3],
    ['where somebody says yes', ' Yes ', 0],
  ])('asks first: %s', async (_, answer, exitCode) => {
    await using server = await startServer()
    await server.rest.orchestrateRegistration(person)
    expect((await runCommand(commandEnv(server), ERASE, answer)).exitCode).toBe(exitCode)
    expect(await rowsOf(server, person.email)).toHaveLength(exitCode === 0 ? 0 : 1)
  })

  it('demands a reason', async () => {
    const { exitCode, err } = await runCommand({}, ['erase', '--email', 'ann@example.com', '--yes'])
    expect(exitCode).toBe(2)
    expect(err).toContain("required option '--reason <text>' not specified")
  })

  it('finds the tombstone again under new encryption keys', async () => {
    const [old, fresh] = [keyOf('old', 1), keyOf('fresh', 2)]
    await using server = await startServer({ env: { ENCRYPTION_KEYS: old } })
    await server.rest.orchestrateRegistration(person)
    await runCommand(commandEnv(server, { ENCRYPTION_KEYS: old }), [...ERASE, '--yes'])
    const turned = await runCommand(commandEnv(server, { ENCRYPTION_KEYS: `${fresh},${old}` }), [
      're-encrypt',
      '--json',
    ])
    expect(JSON.parse(turned.out)).toMatchObject({ currentKey: 'fresh', stillNeeded: ['fresh'] })
    const { out } = await runCommand(commandEnv(server, { ENCRYPTION_KEYS: fresh }), [
      'export',
      '--email',
      person.email,
    ])
    expect(JSON.parse(out)).toMatchObject({ registrations: [], erasures: [{ reason: 'ticket 17', registrations: 1 }] })
  })
})

describe('export', () => {
  it('prints everything that is held, readable, and nothing of anybody else', async () => {
    await using server = await startServer()
    const { answer } = await server.rest.orchestrateRegistration(person)
    await server.rest.orchestrateRegistration({ email: 'bob@example.com', visitorId: 'v' })
    const { exitCode, out } = await runCommand(commandEnv(server), ['export', '--email', 'ann@example.com'])
    expect(exitCode).toBe(0)
    const { registrations } = JSON.parse(out)
    const { rows } = await server.database.query(
      `select column_name from information_schema.columns where table_name = 'registrations'`,
    )
    const columns = rows.map(({ column_name }) => column_name).filter((name) => name !== 'partner_secrets')
    expect(registrations).toHaveLength(1)
    expect(Object.keys(registrations[0]).toSorted()).toEqual(columns.toSorted())
    const { password, autologin } = (answer as { userData: { password: string; autologin: string } }).userData
    expect(registrations[0]).toMatchObject({
      email: person.email,
      name: person.name,
      browser_data: person.browserData,
      partner_answer: { password, autologin },
    })
  })
})

describe('every command', () => {
  it('explains itself', async () => {
    const { exitCode, out } = await runCommand({}, ['--help'])
    expect(exitCode).toBe(0)
    for (const command of ['re-encrypt', 'erase', 'export']) expect(out).toContain(command)
  })

  it('says what is wrong with the environment, and exits with 2', async () => {
    const { exitCode, err } = await runCommand({ PARTNER_URL: 'http://127.0.0.1:9' }, ['re-encrypt'])
    expect(exitCode).toBe(2)
    expect(err).toContain('DATABASE_URL: is missing')
  })

  it('exits with 1 where the database is away', async () => {
    const env = { PARTNER_URL: 'http://127.0.0.1:9', DATABASE_URL: 'postgres://127.0.0.1:9/nowhere' }
    using folder = temporaryFolder()
    const { exitCode, err } = await runCommand({ ...env, DATA_DIR: folder.path }, ['re-encrypt'])
    expect(exitCode).toBe(1)
    expect(err).toContain('ECONNREFUSED')
  })
})
