import { randomUUID } from 'node:crypto'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { reEncrypt } from '../../src/store/re-encrypt.ts'
import { createSecretBox, secretsPlace } from '../../src/store/secret-box.ts'
import { findSecretKeys } from '../../src/store/secret-keys.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

const [k0, k1, k2] = [
  { id: 'k0', key: Buffer.alloc(32, 9) },
  { id: 'k1', key: Buffer.alloc(32, 1) },
  { id: 'k2', key: Buffer.alloc(32, 2) },
]
const SECRETS = JSON.stringify({ password: 'hunter2' })

/** Registrations with one secret each, encrypted with the first of these keys. */
async function insertSecrets({ pool }: OpenStore, keys: Parameters<typeof createSecretBox>[0], count: number) {
  const box = createSecretBox(keys)
  const ids = Array.from({ length: count }, () => randomUUID())
  const rows = ids.map((id) => ({ id, secrets: box.seal(SECRETS, secretsPlace(id)) }))
  await pool.query(
    `insert into registrations (id, status, email, email_folded, idempotency_key_hash, visitor_id, traffic_params, source,
       attempts, asking, updated_at, settled_at, partner_answer, partner_secrets)
     select id, 'succeeded', id::text, id::text, decode(replace(id::text, '-', ''), 'hex'), 'v', '{}', 's',
       1, false, now(), now(), '{"success": true}', secrets
     from json_to_recordset($1) as s(id uuid, secrets text)`,
    [JSON.stringify(rows)],
  )
  return ids
}

/** A connection without the store's time-outs, so that waiting for a lock does not fail. */
function openWithoutTimeouts(databaseUrl: string) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  return { db, [Symbol.asyncDispose]: () => db.destroy() }
}

/** A transaction of another connection, which ends with the test at the latest. */
async function beginTransaction(databaseUrl: string) {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('begin')
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

async function untilOneWaitsForALock({ pool }: OpenStore): Promise<void> {
  const waiting = `select from pg_locks where not granted
    and pid in (select pid from pg_stat_activity where datname = current_database())`
  await expect.poll(async () => (await pool.query(waiting)).rowCount, { interval: 20 }).toBe(1)
}

describe('reEncrypt', () => {
  it('all secrets are encrypted with the first key and keep their values', async () => {
    await using open = await openStore({ keys: [k2, k1, k0] })
    const ids = [...(await insertSecrets(open, [k1], 1_200)), ...(await insertSecrets(open, [k0], 10))]
    expect(await findSecretKeys(open.db)).toEqual(['k0', 'k1'])
    expect(await reEncrypt(open.db, open.box)).toEqual({ done: 1_210, unreadable: [] })
    expect(await findSecretKeys(open.db)).toEqual(['k2'])
    expect(await open.store.get(ids[700] ?? '')).toMatchObject({ partnerAccount: { password: 'hunter2' } })
  })

  it('a run continues after the batches of an interrupted one', async () => {
    await using open = await openStore({ keys: [k2, k1] })
    await insertSecrets(open, [k1], 700)
    const interrupted = reEncrypt(open.db, open.box, () => {
      throw new Error('killed')
    })
    await expect(interrupted).rejects.toThrow('killed')
    expect(await findSecretKeys(open.db)).toEqual(['k1', 'k2'])
    expect(await reEncrypt(open.db, open.box)).toEqual({ done: 200, unreadable: [] })
  })

  it('a batch that waits for a locked row blocks neither inserts nor rows of other batches', async () => {
    const databaseUrl = await freshDatabase()
    await using open = await openStore({ databaseUrl, keys: [k2, k1] })
    await using withoutTimeouts = openWithoutTimeouts(databaseUrl)
    const [first = '', ...rest] = (await insertSecrets(open, [k1], 600)).toSorted()
    await using server = await beginTransaction(databaseUrl)
    await server.query('update registrations set name = name where id = $1', [rest.at(-1)])
    const reEncrypting = reEncrypt(withoutTimeouts.db, open.box)
    await untilOneWaitsForALock(open)
    expect(await open.store.insertIntent(aFreshIntent())).toMatchObject({ kind: 'inserted' })
    await open.pool.query('update registrations set name = name where id = $1', [first])
    await server.query('commit')
    expect(await reEncrypting).toEqual({ done: 600, unreadable: [] })
  })

  it('a secret that is written concurrently is not overwritten', async () => {
    const databaseUrl = await freshDatabase()
    await using open = await openStore({ databaseUrl, keys: [k2, k1] })
    await using withoutTimeouts = openWithoutTimeouts(databaseUrl)
    const [busy = ''] = await insertSecrets(open, [k1], 3)
    await using server = await beginTransaction(databaseUrl)
    const newer = open.box.seal('{"password":"newer"}', secretsPlace(busy))
    await server.query('update registrations set partner_secrets = $1 where id = $2', [newer, busy])
    const reEncrypting = reEncrypt(withoutTimeouts.db, open.box)
    await untilOneWaitsForALock(open)
    await server.query('commit')
    expect(await reEncrypting).toEqual({ done: 2, unreadable: [] })
    expect(await open.store.get(busy)).toMatchObject({ partnerAccount: { password: 'newer' } })
  })

  it('a secret whose key is not listed is reported and not changed', async () => {
    await using open = await openStore({ keys: [k2, k1] })
    const [lost] = await insertSecrets(open, [k0], 1)
    await insertSecrets(open, [k1], 3)
    expect(await reEncrypt(open.db, open.box)).toEqual({ done: 3, unreadable: [lost] })
    expect(await findSecretKeys(open.db)).toEqual(['k0', 'k2'])
  })
})
