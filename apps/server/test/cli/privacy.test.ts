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
/** As a word only, since hashes may contain the letters. */
const ANN = /\bann\b/i
const ERASE = ['erase', '--email', 'ann@EXAMPLE.com', '--reason', 'ticket 17', '--by', 'an operator']

const keyOf = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64')}`
const commandEnv = (server: TestServer, more: Record<string, string> = {}) => ({
  ...server.replica,
  ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}`,
  ...more,
})

/** All cells of all tables, as anyone with access to the database can read them. */
async function allCells({ database }: TestServer): Promise<string> {
  const { rows } = await database.query(
    `select query_to_xml(format('select * from %I.%I', schemaname, tablename), true, false, '')::text as xml
     from pg_tables where schemaname = 'public'`,
  )
  return rows.map(({ xml }) => xml).join('\n')
}

describe('erase', () => {
  it('removes the person and the secrets from all tables, and keeps times and outcomes', async () => {
    await using server = await startServer()
    const { answer } = await server.rest.orchestrateRegistration(person)
    await server.rest.orchestrateRegistration({ ...person, idempotencyKey: 'another key of hers' })
    await server.rest.orchestrateRegistration({ email: 'bob@example.com', visitorId: 'v' })
    const { exitCode, out } = await runCommand(commandEnv(server), [...ERASE, '--yes'])
    expect(exitCode).toBe(0)
    expect(out).toMatch(/^The person was removed from 2 registrations\. On record as erased:\S+\.\n$/)

    const cells = await allCells(server)
    expect(cells).toContain('bob@example.com')
    expect(cells).not.toMatch(ANN)
    expect(cells).not.toContain(person.visitorId)
    const { depositUrl, userData } = answer as RegistrationSucceeded
    for (const given of [depositUrl, userData.login, userData.password, userData.autologin]) {
      expect(cells).not.toContain(`${given}`)
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

  it('makes the registration’s idempotency key unknown', async () => {
    await using server = await startServer()
    await server.rest.orchestrateRegistration(person)
    await runCommand(commandEnv(server), [...ERASE, '--yes'])
    const { idempotencyKey } = person
    expect((await server.rest.registrationStatus({ idempotencyKey })).status).toBe(400)
  })

  it('waits for a call in progress, whose row reserves the e-mail meanwhile', async () => {
    await using server = await startServer()
    const { email } = person
    const answer = Promise.withResolvers<void>()
    server.partner.misbehave(email, 'slow-answer', { until: answer.promise, times: 1 })
    const answering = server.rest.orchestrateRegistration(person)
    await server.partner.ledger.until(({ accounts }) => accounts.length > 0)
    const erasing = runCommand(commandEnv(server), [...ERASE, '--yes'])
    const erasureQueries = `select from pg_stat_activity where datname = current_database() and query like '%lease_until >%for update%'`
    await expect.poll(async () => (await server.database.query(erasureQueries)).rowCount).toBeGreaterThan(0)
    const another = await server.rest.orchestrateRegistration({
      ...person,
      idempotencyKey: 'another key of the same person',
    })
    expect(another.answer).toMatchObject({ code: 'IN_PROGRESS' })
    answer.resolve()
    expect((await answering).answer).toMatchObject({ success: true })
    expect((await erasing).exitCode).toBe(0)
    expect(server.partner.ledger.calls).toHaveLength(1)
    expect(await allCells(server)).not.toMatch(ANN)
    // The lease has ended, too.
    const { rows } = await server.database.query('select status, lease_until from registrations')
    expect(rows).toEqual([{ status: 'succeeded', lease_until: null }])
  })

  it('erases for good: a late result from the outage journal does not restore the person', async () => {
    await using server = await startServer()
    const { email } = person
    const answer = Promise.withResolvers<void>()
    server.partner.misbehave(email, 'slow-answer', { until: answer.promise })
    const answering = server.rest.orchestrateRegistration(person)
    await server.partner.ledger.until(({ accounts }) => accounts.length > 0)
    // As if the process had been frozen, so that its call is still in progress after its lease.
    await server.database.query(
      `update registrations set lease_until = now(), next_attempt_at = now() + interval '1 hour'`,
    )
    await runCommand(commandEnv(server), [...ERASE, '--yes'])
    await server.databaseProxy.disable()
    // The result waits in the outage journal until the database is back.
    answer.resolve()
    expect((await answering).answer).toMatchObject({ success: true })
    await server.databaseProxy.enable()
    await expect.poll(() => server.log.map(({ msg }) => msg)).toContain('results were written from the outage journal')
    const cells = await allCells(server)
    expect(cells).not.toMatch(ANN)
    expect(cells).not.toContain('token=')
    const { rows } = await server.database.query('select status, partner_secrets, deposit_url from registrations')
    expect(rows).toEqual([{ status: 'released', partner_secrets: null, deposit_url: null }])
  })

  it('ends recovery for the person’s unfinished registrations', async () => {
    // The caller's deadline ends soon, and recovery is postponed until the person is erased.
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
    ['not possible', undefined, 3],
    ['answered with no', 'no', 3],
    ['answered with yes', ' Yes ', 0],
  ])('erases only after a confirmation, which is %s', async (_, answer, exitCode) => {
    await using server = await startServer()
    await server.rest.orchestrateRegistration(person)
    expect((await runCommand(commandEnv(server), ERASE, answer)).exitCode).toBe(exitCode)
    expect(await rowsOf(server, person.email)).toHaveLength(exitCode === 0 ? 0 : 1)
  })

  it('fails without a reason', async () => {
    const { exitCode, err } = await runCommand({}, ['erase', '--email', 'ann@example.com', '--yes'])
    expect(exitCode).toBe(2)
    expect(err).toContain("required option '--reason <text>' not specified")
  })

  it('leaves a tombstone that is found after a key rotation', async () => {
    const [old, fresh] = [keyOf('old', 1), keyOf('fresh', 2)]
    await using server = await startServer({ env: { ENCRYPTION_KEYS: old } })
    await server.rest.orchestrateRegistration(person)
    await runCommand(commandEnv(server, { ENCRYPTION_KEYS: old }), [...ERASE, '--yes'])
    const reEncrypted = await runCommand(commandEnv(server, { ENCRYPTION_KEYS: `${fresh},${old}` }), [
      're-encrypt',
      '--json',
    ])
    expect(JSON.parse(reEncrypted.out)).toMatchObject({ currentKey: 'fresh', stillNeeded: ['fresh'] })
    const { out } = await runCommand(commandEnv(server, { ENCRYPTION_KEYS: fresh }), [
      'export',
      '--email',
      person.email,
    ])
    expect(JSON.parse(out)).toMatchObject({ registrations: [], erasures: [{ reason: 'ticket 17', registrations: 1 }] })
  })
})

describe('export', () => {
  it('prints all columns of the person’s registrations in plain text, and no other registrations', async () => {
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

describe('a command', () => {
  it('is listed by --help', async () => {
    const { exitCode, out } = await runCommand({}, ['--help'])
    expect(exitCode).toBe(0)
    for (const command of ['re-encrypt', 'erase', 'export']) expect(out).toContain(command)
  })

  it('with an invalid environment prints the errors and exits with 2', async () => {
    const { exitCode, err } = await runCommand({ PARTNER_URL: 'http://127.0.0.1:9' }, ['re-encrypt'])
    expect(exitCode).toBe(2)
    expect(err).toContain('DATABASE_URL: is missing')
  })

  it('exits with 1 if the database is unavailable', async () => {
    const env = { PARTNER_URL: 'http://127.0.0.1:9', DATABASE_URL: 'postgres://127.0.0.1:9/nowhere' }
    using folder = temporaryFolder()
    const { exitCode, err } = await runCommand({ ...env, DATA_DIR: folder.path }, ['re-encrypt'])
    expect(exitCode).toBe(1)
    expect(err).toContain('ECONNREFUSED')
  })
})
