import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startThrowawayPostgres } from '@registration/local-postgres'
import { type PartnerSandbox, startPartnerSandbox } from '@registration/partner-sandbox'
import { ensureBuilt } from '@registration/test-harness'
import pg from 'pg'
import { freePort } from '../../../../apps/server/test/support/free-port.ts'
import { root } from './packed-sdk.ts'

const serverFile = join(root, '../../apps/server/dist/main.js')
const sdkFile = join(root, 'dist/index.global.js')

export interface System extends AsyncDisposable {
  pageUrl: string
  serverPort: number
  partner: PartnerSandbox
  database: pg.Pool
}

/**
 * What a visitor's browser talks to: pages with the script-tag file, the built server, its database, the partner.
 * `pages` are HTML files by their path, as seen from the package's folder.
 */
export async function startSystem(pages: Record<string, string> = { '/': 'test/browser/page.html' }): Promise<System> {
  ensureBuilt()
  await using started = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'registration-sdk-data-'))
  started.defer(() => rm(dataDir, { recursive: true, force: true }))
  const postgres = started.use(await startThrowawayPostgres())
  const partner = started.use(await startPartnerSandbox())
  const database = started.adopt(new pg.Pool({ connectionString: postgres.url, max: 2 }), (pool) => pool.end())
  // PostgreSQL may be told to end before a connection that is closing has said its last word.
  database.on('connect', (client) => client.on('error', () => undefined))
  // Its connections may still be closing when the database stops.
  database.on('error', () => {})
  const site = started.use(await servePages(pages))
  const server = started.use(
    await startServer({
      DATABASE_URL: postgres.url,
      DATA_DIR: dataDir,
      PARTNER_URL: partner.url,
      ALLOWED_ORIGINS: site.url,
      RATE_LIMIT_IP: 'off',
      RATE_LIMIT_EMAIL: 'off',
    }),
  )
  const running = started.move()
  return {
    pageUrl: site.url,
    serverPort: server.port,
    partner: partner.sandbox,
    database,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** The pages, the SDK's file, and at every other address a page to go away to. */
async function servePages(pages: Record<string, string>): Promise<AsyncDisposable & { url: string }> {
  const sdk = await readFile(sdkFile)
  const server = createServer(async ({ url = '' }, response) => {
    const [path = ''] = url.split('?')
    const page = pages[path]
    const [type, body] =
      path === '/sdk.js'
        ? ['text/javascript', sdk]
        : ['text/html', page ? await readFile(join(root, page)) : '<h1>Elsewhere</h1>']
    response.writeHead(200, { 'content-type': type }).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function startServer(env: Record<string, string>): Promise<AsyncDisposable & { port: number }> {
  const port = await freePort()
  const child = spawn(process.execPath, [serverFile], {
    env: { ...process.env, ...env, PORT: `${port}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const ready = Promise.withResolvers<void>()
  createInterface(child.stdout).on('line', (line) => line.includes('"msg":"ready"') && ready.resolve())
  ended.then(() => ready.reject(new Error('The server ended before it was ready.')))
  await ready.promise
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
