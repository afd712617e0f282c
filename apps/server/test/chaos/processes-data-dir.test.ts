import { expect, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startServerProcess } from './support/server-process.ts'

it('a second process with the same DATA_DIR does not start until the first one is dead', async () => {
  using folder = temporaryFolder()
  const env = { DATA_DIR: folder.path, DATABASE_URL: await freshDatabase(), PARTNER_URL: 'http://127.0.0.1:9' }
  await using first = await startServerProcess(env)
  const refusal = await startServerProcess(env).then(
    (other) => other[Symbol.asyncDispose](),
    ({ message }: Error) => message,
  )
  expect(refusal).toContain('The server ended with 1')
  expect(refusal).toMatch(/DATA_DIR \(.*\) is in use by another process, .* Give each process its own\./)
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
  await first.end('SIGKILL')
  await using second = await startServerProcess(env)
  expect((await fetch(`${second.url}/readyz`)).status).toBe(200)
})
