import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Settlement } from '../../src/registration/settlement.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

/** Longer than any test. */
const REPLAY_FOR_MS = 3_600_000

const autologin = 'https://partner.example/autologin?token=open-sesame'
const answer = { success: true, domain: 'partner.example', login: 'user7', password: 'hunter2', autologin }

let open: OpenStore
beforeAll(async () => {
  open = await openStore({ replayForMs: REPLAY_FOR_MS })
})
afterAll(() => open[Symbol.asyncDispose]())

async function insertSettled({ store }: OpenStore, settlement: Settlement): Promise<string> {
  const intent = aFreshIntent()
  await store.insertIntent(intent)
  await store.settle({ id: intent.id, attempt: 1 }, settlement)
  return intent.id
}

/** The stored row, as anyone with access to the table can read it. */
async function rowAsText({ pool }: OpenStore, id: string): Promise<string> {
  const { rows } = await pool.query('select r::text as row from registrations r where id = $1', [id])
  return rows[0].row
}

it.each<[string, Settlement]>([
  ['with another deposit link', { to: 'succeeded', answer, depositUrl: 'https://partner.example/deposit' }],
  ['the autologin link is the deposit link', { to: 'succeeded', answer, depositUrl: autologin }],
  ['without a deposit link', { to: 'succeeded_without_link', answer }],
])('a stored row has neither password nor autologin link in plain text (%s)', async (_, settlement) => {
  const id = await insertSettled(open, settlement)
  const row = await rowAsText(open, id)
  expect(row).toContain('user7')
  expect(row).not.toContain('hunter2')
  expect(row).not.toContain('open-sesame')
  expect(await open.store.get(id)).toMatchObject({ partnerAccount: answer })
})

it('a secret is readable after a new key was put first, and new secrets use that key', async () => {
  const databaseUrl = await freshDatabase()
  const [k1, k2] = [
    { id: 'k1', key: Buffer.alloc(32, 1) },
    { id: 'k2', key: Buffer.alloc(32, 2) },
  ]
  await using before = await openStore({ databaseUrl, keys: [k1], replayForMs: REPLAY_FOR_MS })
  const old = await insertSettled(before, { to: 'succeeded', answer, depositUrl: autologin })
  await using after = await openStore({ databaseUrl, keys: [k2, k1], replayForMs: REPLAY_FOR_MS })
  const fresh = await insertSettled(after, { to: 'succeeded', answer, depositUrl: autologin })
  expect(await after.store.get(old)).toMatchObject({ partnerAccount: answer, depositUrl: autologin })
  expect(await rowAsText(after, fresh)).toContain('k2:')
})

it('a secret copied into another row is not decrypted, and the row’s other fields are returned', async () => {
  const victim = await insertSettled(open, { to: 'succeeded', answer, depositUrl: autologin })
  const thief = await insertSettled(open, {
    to: 'succeeded',
    answer: { ...answer, password: 'own' },
    depositUrl: autologin,
  })
  await open.pool.query(
    'update registrations set partner_secrets = (select partner_secrets from registrations where id = $1) where id = $2',
    [victim, thief],
  )
  const { status, depositUrl, partnerAccount } = await open.store.get(thief)
  expect({ status, depositUrl }).toEqual({ status: 'succeeded', depositUrl: null })
  expect(partnerAccount).toEqual({ success: true, domain: 'partner.example', login: 'user7' })
})

it('a registration is read without its link and secrets once REPLAY_FOR is over', async () => {
  const id = await insertSettled(open, { to: 'succeeded', answer, depositUrl: autologin })
  const age = `update registrations set settled_at = now() - interval '1 millisecond' * $1 where id = $2`
  await open.pool.query(age, [REPLAY_FOR_MS, id])
  const { partnerAccount, depositUrl } = await open.store.get(id)
  expect(depositUrl).toBeNull()
  expect(partnerAccount).toEqual({ success: true, domain: 'partner.example', login: 'user7' })
})
