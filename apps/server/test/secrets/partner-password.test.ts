import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOutageJournal } from '../../src/journal/outage-journal.ts'
import { createSecretBox } from '../../src/store/secret-box.ts'
import { rowsOf, startServer, type TestServer } from '../support/start-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const box = createSecretBox([{ id: 'k1', key: Buffer.alloc(32, 1) }])
const ENCRYPTION_KEYS = `k1:${Buffer.alloc(32, 1).toString('base64')}`
const createRequest = (email: string) => ({ email, visitorId: 'visitor-1', idempotencyKey: `the key of ${email}` })
const A_PASSWORD = { userData: { password: expect.stringMatching(/./) } }

describe.each([
  ['true', true],
  ['false', false],
])('with STORE_PARTNER_PASSWORD=%s', (STORE_PARTNER_PASSWORD, isKept) => {
  const folder = temporaryFolder()
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ env: { STORE_PARTNER_PASSWORD, ENCRYPTION_KEYS, DATA_DIR: folder.path } })
  })
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  it(`a repeated request ${isKept ? 'gets' : 'does not get'} the password`, async () => {
    const request = createRequest('ann@example.com')
    const first = await server.rest.orchestrateRegistration(request)
    const again = await server.rest.orchestrateRegistration(request)
    expect(first.answer).toMatchObject(A_PASSWORD)
    expect(again.answer).toMatchObject({ success: true, replayed: true, depositUrl: expect.any(String) })
    expect('userData' in again.answer && 'password' in again.answer.userData).toBe(isKept)
    const [row] = await rowsOf(server, request.email)
    const secrets = JSON.parse(box.open(row?.partner_secrets ?? '', `registrations.partner_secrets/${row?.id}`))
    expect('password' in secrets).toBe(isKept)
  })

  it(`the outage journal ${isKept ? 'has' : 'does not have'} the password`, async () => {
    const request = createRequest('bob@example.com')
    const answering = server.rest.orchestrateRegistration(request)
    await server.partner.ledger.until(({ accountsOf }) => accountsOf(request.email).length > 0)
    // The partner's answer has not arrived yet, so the database is unavailable before the server can read the answer.
    await server.databaseProxy.disable()
    expect((await answering).answer).toMatchObject(A_PASSWORD)
    const [entry] = createOutageJournal(folder.path, box).load().entries
    expect(entry?.settlement).toMatchObject({ to: 'succeeded', answer: { success: true } })
    expect(JSON.stringify(entry).includes('"password"')).toBe(isKept)
  })
})
