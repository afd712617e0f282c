import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RunningPartnerSandbox, startPartnerSandbox } from '@registration/partner-sandbox'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tarballProblems } from '../../../../scripts/release/tarball-problems.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { createRestClient } from '../support/rest-client.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createTrpcClient } from '../support/trpc-client.ts'
import { installInHost, typecheckHost } from './packed-plugin.ts'
import { type RunningHost, startHost } from './start-host.ts'

const JSON_BODY = { 'content-type': 'application/json' }

const folder = temporaryFolder()
let partner: RunningPartnerSandbox
let database: pg.Pool
let env: Record<string, string>
let host: RunningHost

beforeAll(async () => {
  await installInHost(folder.path)
  partner = await startPartnerSandbox()
  const databaseUrl = await freshDatabase()
  database = new pg.Pool({ connectionString: databaseUrl })
  env = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: join(folder.path, 'data'),
    PARTNER_URL: partner.url,
    ALLOWED_ORIGINS: 'https://page.example,https://both.example',
  }
  host = await startHost(folder.path, env)
})

afterAll(async () => {
  await host.close()
  await partner.close()
  await database.end()
  folder[Symbol.dispose]()
})

async function fetchJson(path: string, init: RequestInit = {}) {
  const response = await fetch(host.url + path, init)
  return { status: response.status, headers: response.headers, body: (await response.json()) as unknown }
}

/** The users with this e-mail, and whether each was inserted in the transaction that settled its registration. */
async function usersOf(email: string) {
  const { rows } = await database.query(
    `select u.deposit_url, r.status, u.xmin = r.xmin as same_commit
     from public.users u join registration.registrations r on r.id = u.registration_id where u.email = $1`,
    [email],
  )
  return rows
}

describe('the tarball', () => {
  const packed = () => join(folder.path, 'node_modules/@registration/server')

  it('has the files that hosts need, and no reference to the workspace', () => {
    expect(readdirSync(packed())).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist', 'package.json']))
    const manifest = JSON.parse(readFileSync(join(packed(), 'package.json'), 'utf8'))
    expect(manifest).not.toHaveProperty('devDependencies')
    expect(manifest).not.toHaveProperty('scripts')
    expect(JSON.stringify(manifest)).not.toMatch(/workspace:|catalog:/)
    const files = readdirSync(join(packed(), 'dist'), { recursive: true, withFileTypes: true })
    for (const file of files.filter((entry) => entry.isFile()))
      expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain('@registration/shared')
  })

  it('has no problem that would prevent its publication', () => {
    expect(tarballProblems(packed())).toEqual([])
  })

  it('compiles in a host’s strict TypeScript project with its declarations', async () => {
    await typecheckHost(folder.path)
  })
})

describe('the plugin', () => {
  it('registers over REST under the host’s prefix and writes the host’s user in the same commit', async () => {
    const email = 'rest@example.com'
    const { status, headers, answer } = await createRestClient(host.url).orchestrateRegistration({
      email,
      visitorId: 'v',
    })
    expect(status).toBe(200)
    expect(headers.get('x-host')).toBe('was here')
    const { depositUrl } = answer as { depositUrl: string }
    expect(await usersOf(email)).toEqual([{ deposit_url: depositUrl, status: 'succeeded', same_commit: true }])
  })

  it('registers over tRPC under the host’s prefix', async () => {
    const email = 'trpc@example.com'
    const client = createTrpcClient(host.url)
    const request = { email, visitorId: 'v', idempotencyKey: 'the key of one host' }
    expect((await client.orchestrateRegistration(request)).answer).toMatchObject({ success: true, replayed: false })
    expect((await client.registrationStatus({ idempotencyKey: 'the key of one host' })).answer).toMatchObject({
      replayed: true,
    })
    expect(await usersOf(email)).toMatchObject([{ same_commit: true }])
  })

  it('answers errors in its own format, without the host’s error handler', async () => {
    partner.sandbox.misbehave('refused@example.com', 'multiple-accounts')
    const request = { email: 'refused@example.com', visitorId: 'v' }
    const expected = { status: 400, answer: { code: 'MULTIPLE_ACCOUNTS', error: 'Multiple accounts are not allowed' } }
    expect(await createRestClient(host.url).orchestrateRegistration(request)).toMatchObject(expected)
    expect(await createTrpcClient(host.url).orchestrateRegistration(request)).toMatchObject(expected)
    expect((await createRestClient(host.url).send('{')).answer).toMatchObject({ code: 'INVALID_INPUT' })
    expect((await createTrpcClient(host.url).send('{')).answer).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await usersOf('refused@example.com')).toEqual([])
  })

  it('runs after the host’s onRequest hooks, which can refuse a request', async () => {
    const headers = { ...JSON_BODY, 'x-banned': 'yes' }
    const body = JSON.stringify({ email: 'banned@example.com', visitorId: 'v' })
    expect(await fetchJson('/api/users/orchestrate-registration', { method: 'POST', headers, body })).toMatchObject({
      status: 451,
      body: { host: 'refuses' },
    })
    expect(partner.sandbox.ledger.callsOf('banned@example.com')).toEqual([])
  })

  it.each([402, 429, 503])(
    'an error with the status %i from a host’s hook goes to the host’s error handler',
    async (status) => {
      const headers = { ...JSON_BODY, 'x-quota': `${status}` }
      const body = JSON.stringify({ email: 'quota@example.com', visitorId: 'v' })
      for (const path of ['/api/users/orchestrate-registration', '/trpc/orchestrateRegistration']) {
        expect(await fetchJson(path, { method: 'POST', headers, body })).toMatchObject({
          status: 418,
          body: { hostError: 'host quota', statusCode: status },
        })
      }
    },
  )

  it('has its tables and its migration records in its own schema', async () => {
    const { rows } = await database.query(
      `select schemaname as schema, array_agg(tablename::text order by tablename) as tables from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema') group by 1 order by 1`,
    )
    expect(rows).toMatchObject([
      { schema: 'public', tables: ['kysely_migration', 'kysely_migration_lock', 'users'] },
      {
        schema: 'registration',
        tables: [
          'registration_acts',
          'registration_calls',
          'registration_encryption_keys',
          'registration_erasures',
          'registration_events',
          'registration_migrations',
          'registration_migrations_lock',
          'registration_tombstone_key',
          'registrations',
        ],
      },
    ])
  })
})

describe('an onSettled that throws', () => {
  it('rolls the settlement back, returns the link to the visitor, and runs again later', async () => {
    const email = 'later@example.com'
    await fetchJson('/fail-on-settled', { method: 'POST' })
    const { answer } = await createRestClient(host.url).orchestrateRegistration({ email, visitorId: 'v' })
    expect(answer).toMatchObject({ success: true, depositUrl: expect.stringContaining('https://partner.example/') })
    expect(await usersOf(email)).toEqual([])
    const { rows } = await database.query('select status from registration.registrations where email = $1', [email])
    expect(rows).toEqual([{ status: 'pending' }])

    await expect.poll(() => usersOf(email)).toMatchObject([{ status: 'succeeded', same_commit: true }])
    expect(partner.sandbox.ledger.callsOf(email)).toHaveLength(1)
  })
})

describe('beside the plugin, the host’s', () => {
  it('JSON and text parsers, routes, error handler and 404 handler work as before', async () => {
    const json = { method: 'POST', headers: JSON_BODY, body: '{"a":1}' }
    expect((await fetchJson('/echo', json)).body).toEqual({ got: { parsedBy: 'the host', body: { a: 1 } } })
    const text = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'hello' }
    expect((await fetchJson('/echo', text)).body).toEqual({ got: 'host: hello' })
    expect((await fetchJson('/api/users/me')).body).toEqual({ me: true })
    expect((await fetchJson('/trpc-of-the-host')).body).toEqual({ own: true })
    expect(await fetchJson('/broken')).toMatchObject({ status: 418, body: { hostError: 'broken' } })
    expect(await fetchJson('/nowhere')).toMatchObject({ status: 404, body: { hostKnows: 'nothing of it' } })
    expect(await fetchJson('/echo', { ...json, body: '{' })).toMatchObject({ status: 418 })
  })

  it('CORS works as before on its own routes', async () => {
    const headers = { origin: 'https://host.example' }
    expect((await fetchJson('/api/users/me', { headers })).headers.get('access-control-allow-origin')).toBe(
      'https://host.example',
    )
    const foreign = await fetchJson('/api/users/me', { headers: { origin: 'https://page.example' } })
    expect(foreign.headers.has('access-control-allow-origin')).toBe(false)
  })
})

describe('a page', () => {
  const route = '/api/users/orchestrate-registration'
  const preflight = (origin: string) =>
    fetch(host.url + route, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })
  const post = (origin: string, path = route, type = 'application/json') =>
    fetchJson(path, {
      method: 'POST',
      headers: { origin, 'content-type': type },
      body: JSON.stringify({
        email: `${new URL(origin).hostname}@example.com`,
        visitorId: 'v',
        idempotencyKey: origin,
      }),
    })

  it('allowed by the host and by ALLOWED_ORIGINS can register with a preflight', async () => {
    const origin = 'https://both.example'
    const response = await preflight(origin)
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([204, origin])
    const { status, headers } = await post(origin)
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, origin])
  })

  it('allowed only by ALLOWED_ORIGINS can register without a preflight', async () => {
    const origin = 'https://page.example'
    const { status, headers } = await post(origin, '/trpc/orchestrateRegistration', 'text/plain')
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, origin])
  })

  it('allowed only by the host cannot register', async () => {
    expect(await post('https://host.example')).toMatchObject({ status: 403, body: { code: 'ORIGIN_NOT_ALLOWED' } })
  })
})

describe('a host', () => {
  it('with an invalid configuration does not start, and the error names the settings', async () => {
    const { DATABASE_URL = '', ...incomplete } = env
    const started = startHost(folder.path, { ...incomplete, DATABASE_URL, PARTNER_URL: '', DATABASE_POOL: 'many' })
    await expect(started).rejects.toThrow(/DATABASE_POOL: must be .*\n.*PARTNER_URL: is missing/)
  })

  it('that stops waits for requests in progress and closes the plugin’s database connections', async () => {
    const email = 'last@example.com'
    const answer = Promise.withResolvers<void>()
    partner.sandbox.misbehave(email, 'slow', { until: answer.promise })
    const answered = createRestClient(host.url).orchestrateRegistration({ email, visitorId: 'v' })
    await partner.sandbox.ledger.until((ledger) => ledger.callsOf(email).length > 0)
    const closed = host.close()
    const isServed = () =>
      fetch(`${host.url}/api/users/me`).then(
        () => true,
        () => false,
      )
    await expect.poll(isServed).toBe(false)
    answer.resolve()
    expect((await answered).answer).toMatchObject({ success: true })
    expect(await closed).toBe(0)
    const { rows } = await database.query(
      `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
       and application_name = 'registration-orchestrator'`,
    )
    expect(rows).toEqual([])
  })
})
