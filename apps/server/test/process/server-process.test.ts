import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findRunningPostgres } from '@registration/local-postgres'
import { startPartnerSandbox } from '@registration/partner-sandbox'
import { describe, expect, it } from 'vitest'
import { startServerProcess } from '../chaos/support/server-process.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { createRestClient } from '../support/rest-client.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const request = { email: 'ann@example.com', visitorId: 'visitor-1', idempotencyKey: 'the key of one visitor' }
const ENCRYPTION_KEYS = `test:${Buffer.alloc(32, 1).toString('base64')}`

async function startError(env: Record<string, string>): Promise<string> {
  try {
    await using _ = await startServerProcess(env)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('The server started.')
}

describe('the built server', () => {
  it('prints all problems of its environment in one message and exits with 1', async () => {
    using folder = temporaryFolder()
    const dataDir = join(folder.path, 'data')
    const env = { NODE_ENV: 'production', DATA_DIR: dataDir, PORT: 'http', ALLOWED_ORIGINS: 'example.com' }
    const error = await startError(env)
    expect(error).toContain('ended with 1')
    expect(error).toContain("The environment can't be used")
    for (const name of [
      'PORT',
      'ALLOWED_ORIGINS',
      'PARTNER_URL',
      'DATABASE_URL',
      'VERIFICATION',
      'ENCRYPTION_KEYS',
      'TRUSTED_PROXIES',
    ])
      expect(error).toContain(`- ${name}: `)
    expect(error).not.toContain('    at ')
    expect(existsSync(dataDir)).toBe(false)
  })

  it('without a reachable database prints the reason and exits with 1', async () => {
    using folder = temporaryFolder()
    const error = await startError({
      DATABASE_URL: 'postgres://127.0.0.1:9/nowhere',
      PARTNER_URL: 'http://127.0.0.1:9',
      DATA_DIR: folder.path,
    })
    expect(error).toContain('ended with 1')
    expect(error).toContain("the server can't start: ")
    expect(error).toContain('ECONNREFUSED')
  })

  it('without DATABASE_URL starts its own PostgreSQL, and keeps its data over a restart', async () => {
    using folder = temporaryFolder()
    await using partner = await startPartnerSandbox()
    await using server = await startServerProcess({ PARTNER_URL: partner.url, DATA_DIR: folder.path })
    const first = await createRestClient(server.url ?? '').orchestrateRegistration(request)
    expect(first.answer).toMatchObject({ success: true, replayed: false })
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(findRunningPostgres(folder.path)).toBeUndefined()

    await server.start()
    const again = await createRestClient(server.url ?? '').orchestrateRegistration(request)
    expect(again.answer).toEqual({ ...first.answer, replayed: true })
    expect(partner.sandbox.ledger.calls).toHaveLength(1)
  })

  it('answers requests in progress before it stops', async () => {
    using folder = temporaryFolder()
    await using partner = await startPartnerSandbox()
    await using server = await startServerProcess({
      DATABASE_URL: await freshDatabase(),
      PARTNER_URL: partner.url,
      DATA_DIR: folder.path,
    })
    const { url = '' } = server
    const answer = Promise.withResolvers<void>()
    partner.sandbox.misbehave(request.email, 'slow', { until: answer.promise })
    const answered = createRestClient(url).orchestrateRegistration(request)
    await partner.sandbox.ledger.until(({ calls }) => calls.length > 0)
    const ended = server.end('SIGTERM')
    const isServed = () =>
      fetch(`${url}/livez`).then(
        () => true,
        () => false,
      )
    await expect.poll(isServed).toBe(false)
    answer.resolve()
    expect((await answered).answer).toMatchObject({ success: true })
    expect(await ended).toEqual({ code: 0, signal: null })
    expect(server.log.at(-1)).toMatchObject({ msg: 'stopped' })
  })

  it('several replicas start concurrently on one empty database', async () => {
    using folder = temporaryFolder()
    await using partner = await startPartnerSandbox()
    const env = { DATABASE_URL: await freshDatabase(), PARTNER_URL: partner.url, ENCRYPTION_KEYS }
    await using replicas = new AsyncDisposableStack()
    const servers = await Promise.all(
      ['a', 'b', 'c'].map((name) => startServerProcess({ ...env, DATA_DIR: join(folder.path, name) })),
    )
    for (const server of servers) replicas.use(server)
    const responses = await Promise.all(
      servers.map(({ url = '' }) => createRestClient(url).orchestrateRegistration(request)),
    )
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(partner.sandbox.ledger.calls).toHaveLength(1)
  })
})
