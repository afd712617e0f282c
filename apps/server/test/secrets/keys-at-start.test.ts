import { expect, it } from 'vitest'
import { createOutageJournal } from '../../src/journal/outage-journal.ts'
import { createSecretBox } from '../../src/store/secret-box.ts'
import { startServer } from '../support/start-server.ts'
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
