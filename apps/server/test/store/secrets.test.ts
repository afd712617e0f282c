import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Settlement } from '../../src/registration/settlement.ts'
import { aFreshIntent } from '../support/a-registration.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { type OpenStore, openStore } from '../support/open-store.ts'

/** No test lasts as long. */
const REPLAY_FOR_MS = 3_600_000

const autologin = 'https://partner.example/autologin?token=open-sesame'
const answer = { success: true, domain: 'partner.example', login: 'user7', password: 'hunter2', autologin }

let open: OpenStore
beforeAll(async () => {
  open = await openStore({ replayForMs: REPLAY_FOR_MS })
})
afterAll(() => open[Symbol.asyncDispose]())

async function settled({ store }: OpenStore, settlement: Settlement): Promise<string> {
  const intent = aFreshIntent()
  await store.insertIntent(intent)
  await store.settle({ id: intent.id, attempt: 1 }, settlement)
  return intent.id
}

/** The row as anybody sees it who can read the table. */
async function rowAsText({ pool }: OpenStore, id: string): Promise<string> {
  const { rows } = await pool.query('select r::text as row from registrations r where id = $1', [id])
  return rows[0].row
}

it.each<[string, Settlement]>([
  ['beside a link', { to: 'succeeded', answer, depositUrl: 'https://partner.example/deposit' }],
  ['that is the link', { to: 'succeeded', answer, depositUrl: autologin }],
  ['without a link', { to: 'succeeded_without_link', answer }],
])('shows neither password nor autologin link to who can read the table (%s)', async (_, settlement) => {
  const id = await settled(open, settlement)
  const row = await rowAsText(open, id)
  expect(row).toContain('user7')
  expect(row).not.toContain('hunter2')
  expect(row).not.toContain('open-sesame')
  expect(await open.store.get(id)).toMatchObject({ partnerAccount: answer })
})

it('reads old secrets after a new key was put in front', async () => {
  const databaseUrl = await freshDatabase()
  const [k1, k2] = [
    { id: 'k1', key: Buffer.alloc(32, 1) },
    { id: 'k2', key: Buffer.alloc(32, 2) },
  ]
  await using before = await openStore({ databaseUrl, keys: [k1], replayForMs: REPLAY_FOR_MS })
  const old = await settled(before, { to: 'succeeded', answer, depositUrl: autologin })
  await using after = await openStore({ databaseUrl, keys: [k2, k1], replayForMs: REPLAY_FOR_MS })
  const fresh = await settled(after, { to: 'succeeded', answer, depositUrl: autologin })
  expect(await after.store.get(old)).toMatchObject({ partnerAccount: answer, depositUrl: autologin })
  expect(await rowAsText(after, fresh)).toContain('k2:')
})

it('opens no secret that was copied into another row, and gives what is no secret', async () => {
  const victim = await settled(open, { to: 'succeeded', answer, depositUrl: autologin })
  const thief = await settled(open, { to: 'succeeded', answer: { ...answer, password: 'own' }, depositUrl: autologin })
  await open.pool.query(
    'update registrations set partner_secrets = (select partner_secrets from registrations where id = $1) where id = $2',
    [victim, thief],
  )
  const { status, depositUrl, partnerAccount } = await open.store.get(thief)
  expect({ status, depositUrl }).toEqual({ status: 'succeeded', depositUrl: null })
  expect(partnerAccount).toEqual({ success: true, domain: 'partner.example', login: 'user7' })
})

it('gives neither link nor secrets once REPLAY_FOR is over', async () => {
  const id = await settled(open, { to: 'succeeded', answer, depositUrl: autologin })
  const age = `update registrations set settled_at = now() - interval '1 millisecond' * $1 where id = $2`
  await open.pool.query(age, [REPLAY_FOR_MS, id])
  const { partnerAccount, depositUrl } = await open.store.get(id)
  expect(depositUrl).toBeNull()
  expect(partnerAccount).toEqual({ success: true, domain: 'partner.example', login: 'user7' })
})
