import { expect, it } from 'vitest'
import { createOutageJournal } from '../../src/journal/outage-journal.ts'
import { createSecretBox } from '../../src/store/secret-box.ts'
import { rowsOf, startServer } from '../support/start-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const box = createSecretBox([{ id: 'k1', key: Buffer.alloc(32, 1) }])
const ENCRYPTION_KEYS = `k1:${Buffer.alloc(32, 1).toString('base64')}`
const request = { email: 'ann@example.com', visitorId: 'visitor-1', idempotencyKey: 'the key of one visitor' }
const A_PASSWORD = { userData: { password: expect.stringMatching(/./) } }

it.each([
  ['true', true],
  ['false', false],
])('with STORE_PARTNER_PASSWORD=%s, the password is given again: %s', async (STORE_PARTNER_PASSWORD, isKept) => {
  await using server = await startServer({ env: { STORE_PARTNER_PASSWORD, ENCRYPTION_KEYS } })
  const first = await server.rest.orchestrateRegistration(request)
  const again = await server.rest.orchestrateRegistration(request)
  expect(first.answer).toMatchObject(A_PASSWORD)
  expect(again.answer).toMatchObject({ success: true, replayed: true, depositUrl: expect.any(String) })
  expect('userData' in again.answer && 'password' in again.answer.userData).toBe(isKept)
  const [row] = await rowsOf(server, request.email)
  const secrets = JSON.parse(box.open(row?.partner_secrets ?? '', `registrations.partner_secrets/${row?.id}`))
  expect('password' in secrets).toBe(isKept)
})

it.each([
  ['true', true],
  ['false', false],
])(
  'with STORE_PARTNER_PASSWORD=%s, the password waits in the outage journal: %s',
  async (STORE_PARTNER_PASSWORD, isKept) => {
    using folder = temporaryFolder()
    await using server = await startServer({ env: { STORE_PARTNER_PASSWORD, ENCRYPTION_KEYS, DATA_DIR: folder.path } })
    server.partner.misbehave(request.email, 'slow-answer', { delayMs: 300 })
    const answering = server.rest.orchestrateRegistration(request)
    await server.partner.ledger.until(({ accounts }) => accounts.length > 0)
    await server.databaseGate.shut()
    expect((await answering).answer).toMatchObject(A_PASSWORD)
    const [entry] = createOutageJournal(folder.path, box).load().entries
    expect(entry?.settlement).toMatchObject({ to: 'succeeded', answer: { success: true } })
    expect(JSON.stringify(entry).includes('"password"')).toBe(isKept)
  },
)
