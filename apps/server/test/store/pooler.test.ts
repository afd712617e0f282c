import { eventually } from '@registration/test-harness'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { checkSession } from '../../src/store/check-session.ts'
import { asDatabaseUnavailable } from '../../src/store/database-errors.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createPool, SESSION } from '../../src/store/pool.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { runCommand } from '../support/run-commands.ts'
import { hasPooler, startPooler } from '../support/start-pooler.ts'
import { startServer } from '../support/start-server.ts'

function openPool(url: string) {
  const pool = createPool({ url, max: 8, onError: () => undefined })
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() })
}

it('checkSession finds no missing setting without a pooler', async () => {
  await using pool = openPool(await freshDatabase())
  expect(await checkSession(pool)).toEqual([])
})

describe.skipIf(!hasPooler())('behind PgBouncer in transaction mode', () => {
  it('300 visitors and recovery succeed with fewer PostgreSQL sessions than server connections', async () => {
    const databaseUrl = await freshDatabase()
    await using pooler = await startPooler(databaseUrl, (ini) =>
      ini.replace('default_pool_size = 20', 'default_pool_size = 3'),
    )
    // Long enough that no call or request of 300 concurrent visitors times out.
    const limits = { PARTNER_TIMEOUT_MS: '120000', REQUEST_DEADLINE_MS: '120000' }
    const env = { ...limits, DATABASE_URL: pooler.url, DATABASE_POOL: '12', MIGRATE_ON_START: 'false' }
    const migrated = await runCommand({ ...env, DATABASE_URL: databaseUrl, PARTNER_URL: 'http://127.0.0.1:9' }, [
      'migrate',
    ])
    expect(migrated).toMatchObject({ exitCode: 0, err: '' })
    await using server = await startServer({ env })
    await using database = openPool(databaseUrl)

    await database.query(`insert into registrations (id, status, email, email_folded, idempotency_key_hash, visitor_id,
        traffic_params, source, attempts, asking, next_attempt_at, updated_at)
      values ('019a0000-0000-7000-8000-000000000001', 'uncertain', 'left@x.example', 'left@x.example', '\\x01', 'v', '{}', 's',
        1, false, now(), now())`)
    const visitors = Array.from({ length: 300 }, (_, n) => ({
      email: `visitor-${n}@example.com`,
      visitorId: 'v',
      idempotencyKey: `key of ${n}, no other`,
    }))
    const answers = await Promise.all(visitors.map((visitor) => server.rest.orchestrateRegistration(visitor)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const again = await Promise.all(visitors.map((visitor) => server.rest.orchestrateRegistration(visitor)))
    expect(again.map(({ answer }) => answer)).toEqual(answers.map(({ answer }) => ({ ...answer, replayed: true })))
    await eventually(
      async () => {
        const { rows } = await database.query('select status, count(*)::int from registrations group by status')
        expect(rows).toEqual([{ status: 'succeeded', count: visitors.length + 1 }])
      },
      { everyMs: 100 },
    )
    expect(server.partner.ledger.accounts).toHaveLength(visitors.length + 1)
    const { rows } = await database.query(
      `select count(*)::int from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    )
    expect(rows[0].count).toBeLessThanOrEqual(3)
    expect(server.log.filter(({ msg }) => `${msg}`.includes('pooler'))).toEqual([])
  })

  it('checkSession names the settings that the pooler does not pass on', async () => {
    const databaseUrl = await freshDatabase()
    await using pooler = await startPooler(databaseUrl, (ini) => ini.replace(/connect_query='.*'/, ''))
    await using pool = openPool(pooler.url)
    expect(await checkSession(pool)).toEqual(Object.keys(SESSION))
  })

  it('checkSession fails if the pooler does not support prepared statements', async () => {
    const databaseUrl = await freshDatabase()
    await using pooler = await startPooler(databaseUrl, (ini) => ini.replace('statements = 100', 'statements = 0'))
    await using pool = openPool(pooler.url)
    await expect(checkSession(pool)).rejects.toThrow('from version 1.21 on, with max_prepared_statements above 0')
  })

  it('migrate fails through a pooler and leaves no lock', async () => {
    const databaseUrl = await freshDatabase()
    await using pooler = await startPooler(databaseUrl)
    await expect(migrate(pooler.url, 'public')).rejects.toThrow('with the address of PostgreSQL itself')
    await migrate(databaseUrl, 'public')
  })

  it('a query without a free session fails as database unavailable, before the query time-out closes the connection', async () => {
    const databaseUrl = await freshDatabase()
    await using pooler = await startPooler(databaseUrl, (ini) =>
      ini.replace('default_pool_size = 20', 'default_pool_size = 1'),
    )
    await using pool = openPool(pooler.url)
    const client = await pool.connect()
    await client.query('begin')
    const error = await pool.query('select 1').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(pg.DatabaseError)
    expect(asDatabaseUnavailable(error)).toBeDefined()
    await client.query('commit')
    client.release()
  })
})
