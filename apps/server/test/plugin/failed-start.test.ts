import Fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { registrationPlugin } from '../../src/plugin.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it('a host whose plugin failed to start can start it again in the same process', async () => {
  const dataDir = temporaryFolder()
  onTestFinished(() => dataDir[Symbol.dispose]())
  const start = async (DATABASE_URL: string) => {
    const host = Fastify()
    const config = { DATABASE_URL, DATA_DIR: dataDir.path, PARTNER_URL: 'http://127.0.0.1:9' }
    await host.register(registrationPlugin, { prefix: '/api/users', trpcPrefix: '/trpc', config })
    return host
  }
  // Nothing listens on the discard port.
  await expect(start('postgres://127.0.0.1:9/none')).rejects.toThrow('ECONNREFUSED')

  const host = await start(await freshDatabase())
  const response = await host.inject({
    method: 'POST',
    url: '/trpc/registrationStatus',
    payload: { idempotencyKey: 'the key of one host' },
  })
  expect(response.json()).toMatchObject({ error: { data: { registration: { code: 'INVALID_INPUT' } } } })
  await host.close()
})
