import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { createOutageJournal } from '../../src/journal/outage-journal.ts'
import { createSecretBox } from '../../src/store/secret-box.ts'
import { migratedDatabase } from '../support/migrated-database.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Inserts registrations of this age, as an earlier process left them. */
async function insertOld({ database }: Pick<TestServer, 'database'>, age: string, status: string, count = 1) {
  await database.query(
    `insert into registrations (id, status, email, email_folded, idempotency_key_hash, visitor_id, traffic_params, source,
       attempts, asking, created_at, updated_at)
     select id, $2::text, id::text, id::text, decode(replace(id::text, '-', ''), 'hex'), $1::text, '{}', 's', 1, false,
       now() - $1::interval, now()
     from (select uuidv7(- $1::interval) as id from generate_series(1, $3)) as ids`,
    [age, status, count],
  )
}

async function remaining({ database }: Pick<TestServer, 'database'>): Promise<string[]> {
  const { rows } = await database.query(
    `select distinct visitor_id || ' ' || status as row from registrations order by 1`,
  )
  return rows.map(({ row }) => row)
}

describe('RETAIN_FOR', () => {
  it('deletes settled and stuck registrations past that age, and keeps uncertain and younger ones', async () => {
    // The first deletion is soon after the start, the next ones follow every ten minutes.
    const databaseUrl = await migratedDatabase()
    const database = new pg.Pool({ connectionString: databaseUrl, max: 1 })
    const old = { database }
    await insertOld(old, '31 days', 'succeeded', 1_200)
    for (const status of ['rejected', 'released', 'stuck', 'succeeded_without_link'])
      await insertOld(old, '31 days', status)
    await insertOld(old, '29 days', 'succeeded')
    await insertOld(old, '31 days', 'uncertain')
    await using server = await startServer({ env: { DATABASE_URL: databaseUrl, RETAIN_FOR: '30d' } })
    await database.end()
    await expect.poll(() => remaining(server)).toEqual(['29 days succeeded', '31 days uncertain'])
    const deleted = server.log.reduce((sum, { registrations = 0 }) => sum + Number(registrations), 0)
    expect(deleted).toBe(1_204)
  })

  it('a journaled result whose registration was deleted is dropped', async () => {
    using folder = temporaryFolder()
    const key = Buffer.alloc(32, 1)
    const journal = createOutageJournal(folder.path, createSecretBox([{ id: 'test', key }]))
    const id = randomUUID()
    await journal.append({
      call: { id, attempt: 1 },
      settlement: { to: 'rejected', code: 'PARTNER_REJECTED', message: null },
    })
    await using server = await startServer({ env: { DATA_DIR: folder.path } })
    expect(server.log).toContainEqual(expect.objectContaining({ registrationId: id, level: 40 }))
    expect(journal.load().entries).toEqual([])
  })
})
