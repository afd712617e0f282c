import { expect, it } from 'vitest'
import { createOutageJournal } from '../../src/journal/outage-journal.ts'
import { createSecretBox } from '../../src/store/secret-box.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const keyOf = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64')}`
const request = { email: 'ann@example.com', visitorId: 'visitor-1' }

it('names the key that stored secrets still need, and starts once it is listed', async () => {
  await using first = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  await first.rest.orchestrateRegistration(request)
  await expect(startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keyOf('autumn', 2) } })).rejects.toThrow(
    'ENCRYPTION_KEYS lacks the keys "spring" (needed by registrations).',
  )
  await using _ = await startServer({
    env: { ...first.replica, ENCRYPTION_KEYS: `${keyOf('autumn', 2)},${keyOf('spring', 1)}` },
  })
})

it('names the key that the outage journal still needs', async () => {
  using folder = temporaryFolder()
  const journal = createOutageJournal(folder.path, createSecretBox([{ id: 'spring', key: Buffer.alloc(32, 1) }]))
  await journal.append({
    call: { id: 'an id', attempt: 1 },
    settlement: { to: 'rejected', code: 'PARTNER_REJECTED', message: null },
  })
  await expect(startServer({ env: { DATA_DIR: folder.path, ENCRYPTION_KEYS: keyOf('autumn', 2) } })).rejects.toThrow(
    `ENCRYPTION_KEYS lacks the keys "spring" (needed by the outage journal in ${folder.path}).`,
  )
})

it('refuses a key that is another one under an id that the database knows, and says so', async () => {
  await using first = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  const other = startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keyOf('spring', 2) } })
  await expect(other).rejects.toThrow('ENCRYPTION_KEYS: "spring" is not the key that this database knows by that id.')
})

it('lets a new key take the place of an old one in two steps, without a replica that can’t read another’s links', async () => {
  const [old, both, inFront] = [
    keyOf('spring', 1),
    `${keyOf('spring', 1)},${keyOf('autumn', 2)}`,
    `${keyOf('autumn', 2)},${keyOf('spring', 1)}`,
  ]
  await using first = await startServer({ env: { ENCRYPTION_KEYS: old } })
  const start = (keys: string) => startServer({ env: { ...first.replica, ENCRYPTION_KEYS: keys } })
  let visitors = 0
  /** Registers at one replica, and asks the other for the same. */
  async function registerAndReplay(one: TestServer, other: TestServer) {
    visitors++
    const visitor = {
      email: `visitor-${visitors}@example.com`,
      visitorId: 'v',
      idempotencyKey: `the key of visitor ${visitors}`,
    }
    const { answer } = await one.rest.orchestrateRegistration(visitor)
    const again = await other.rest.orchestrateRegistration(visitor)
    expect(again).toMatchObject({ status: 200, answer: { ...answer, replayed: true } })
  }
  // Behind first, everywhere; and only then in front.
  await using second = await start(both)
  await registerAndReplay(first, second)
  await registerAndReplay(second, first)
  await using third = await start(inFront)
  await registerAndReplay(second, third)
  await registerAndReplay(third, second)
  for (const { log } of [second, third])
    expect(log).not.toContainEqual(expect.objectContaining({ key: expect.any(String) }))
})

it('gives no secrets, rather than an error, where a key was put in front at once that another replica does not list', async () => {
  await using old = await startServer({ env: { ENCRYPTION_KEYS: keyOf('spring', 1) } })
  const keys = `${keyOf('autumn', 2)},${keyOf('spring', 1)}`
  await using hasty = await startServer({ env: { ...old.replica, ENCRYPTION_KEYS: keys } })
  expect(hasty.log).toContainEqual(expect.objectContaining({ level: 40, key: 'autumn' }))
  const visitor = { ...request, idempotencyKey: 'the key of a hasty rotation' }
  const { answer } = await hasty.rest.orchestrateRegistration(visitor)
  expect(answer).toMatchObject({ success: true, depositUrl: expect.stringMatching(/^https:/) })
  const read = await old.rest.orchestrateRegistration(visitor)
  expect(read).toMatchObject({ status: 200, answer: { success: true, registrationId: expect.any(String) } })
  expect(JSON.stringify(read.answer)).not.toContain('password')
  expect(old.log).toContainEqual(expect.objectContaining({ msg: 'the secrets of a registration can not be opened' }))
})
