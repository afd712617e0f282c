import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { secretsPlace } from '../../src/store/partner-secrets.ts'
import { reEncrypt } from '../../src/store/re-encrypt.ts'
import { createSecretBox } from '../../src/store/secret-box.ts'
import { findSecretKeys } from '../../src/store/secret-keys.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

const [k0, k1, k2] = [
  { id: 'k0', key: Buffer.alloc(32, 9) },
  { id: 'k1', key: Buffer.alloc(32, 1) },
  { id: 'k2', key: Buffer.alloc(32, 2) },
]
const SECRETS = JSON.stringify({ password: 'hunter2' })

/** Registrations as servers with these keys left them, each with one secret. */
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

describe('reEncrypt', () => {
  it('leaves nothing that needs an older key, and every secret what it was', async () => {
    await using open = await openStore({ keys: [k2, k1, k0] })
    const ids = [...(await insertSecrets(open, [k1], 1_200)), ...(await insertSecrets(open, [k0], 10))]
    expect(await findSecretKeys(open.db)).toEqual(['k0', 'k1'])
    expect(await reEncrypt(open.db, open.box)).toEqual({ done: 1_210, unreadable: [] })
    expect(await findSecretKeys(open.db)).toEqual(['k2'])
    expect(await open.store.get(ids[700] ?? '')).toMatchObject({ partnerAnswer: { password: 'hunter2' } })
  })

  it('goes on where a run that died stopped', async () => {
    await using open = await openStore({ keys: [k2, k1] })
    await insertSecrets(open, [k1], 700)
    const dying = reEncrypt(open.db, open.box, () => {
      throw new Error('killed')
    })
    await expect(dying).rejects.toThrow('killed')
    expect(await findSecretKeys(open.db)).toEqual(['k1', 'k2'])
    expect(await reEncrypt(open.db, open.box)).toEqual({ done: 200, unreadable: [] })
  })

  it('waits for nobody, and holds nobody up for longer than a batch', async () => {
    await using open = await openStore({ keys: [k2, k1] })
    await insertSecrets(open, [k1], 1_100)
    const waits: number[] = []
    const servers = { running: true }
    const serving = (async () => {
      while (servers.running) {
        const begun = performance.now()
        await open.store.begin(aFreshIntent())
        waits.push(performance.now() - begun)
      }
    })()
    const { done } = await reEncrypt(open.db, open.box)
    servers.running = false
    await serving
    expect(done).toBe(1_100)
    expect(waits.length).toBeGreaterThan(0)
    expect(Math.max(...waits)).toBeLessThan(2_000)
  })

  it('overwrites no secret that is written while it is at that row', async () => {
    await using open = await openStore({ keys: [k2, k1] })
    const [busy = ''] = await insertSecrets(open, [k1], 3)
    const server = await open.pool.connect()
    const newer = open.box.seal('{"password":"newer"}', secretsPlace(busy))
    await server.query('begin')
    await server.query('update registrations set partner_secrets = $1 where id = $2', [newer, busy])
    const turning = reEncrypt(open.db, open.box)
    await expect
      .poll(async () => (await server.query('select from pg_locks where not granted')).rowCount, { timeout: 2_500 })
      .toBe(1)
    await server.query('commit')
    server.release()
    expect(await turning).toEqual({ done: 2, unreadable: [] })
    expect(await open.store.get(busy)).toMatchObject({ partnerAnswer: { password: 'newer' } })
  })

  it('names what no listed key opens, and leaves it as it is', async () => {
    await using open = await openStore({ keys: [k2, k1] })
    const [lost] = await insertSecrets(open, [k0], 1)
    await insertSecrets(open, [k1], 3)
    expect(await reEncrypt(open.db, open.box)).toEqual({ done: 3, unreadable: [lost] })
    expect(await findSecretKeys(open.db)).toEqual(['k0', 'k2'])
  })
})
