// `npm run dev`: the system of `npm start`, with reload. The server runs from its sources and restarts when one of them
// changes; Vite serves the landing page, with the SDK from its sources, and the console, and shows each change at once. The
// database and the partner sandbox stay up meanwhile. The server is configured by the environment, into which the npm command loads `.env`.
import './end-with-parent.ts'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { startPersistentPostgres } from '@registration/local-postgres'
import { startReaper } from '@registration/test-harness/reaper'
import { createServer, type InlineConfig, type Plugin } from 'vite'
import type { PageConfig } from '../apps/landing/src/config.ts'
import { freePort } from './start/free-port.ts'
import { startChild } from './start/start-child.ts'
import { startSandbox } from './start/start-sandbox.ts'
import { untilReady } from './start/until-ready.ts'

const root = join(import.meta.dirname, '..')

const interrupt = new AbortController()
const { signal } = interrupt
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupt.abort())

try {
  await develop()
} catch (error) {
  if (!signal.aborted) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  }
}
process.exit()

async function develop(): Promise<void> {
  // Before anything is started: Node's watcher would outlive this process if that were killed.
  const reaper = startReaper()
  await using parts = new AsyncDisposableStack()
  parts.defer(async () => void (await reaper.stop()))
  const { NODE_ENV, PUBLIC_URL, ...env } = process.env
  const port = await freePort(Number(env['PORT'] || 3000), 'npm run dev')
  const dataDir = env['DATA_DIR'] || '.data'

  const sandbox = await startSandbox(parts, { env, signal })
  const serverUrl = `http://127.0.0.1:${port}`
  const landingUrl = await serveLanding(parts, { endpoint: serverUrl, verification: sandbox.url })
  const consoleUrl = await serveConsole(parts, serverUrl)

  const operatorKey = randomBytes(24).toString('base64url')
  const server = parts.use(
    startChild('server', 'apps/server/src/main.ts', {
      nodeOptions: ['--watch', '--watch-preserve-output'],
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled'),
        OPERATOR_API_KEYS: `dev:${operatorKey}`,
        ...env,
        DATABASE_URL: env['DATABASE_URL'] || (await startDatabase(parts, dataDir)),
        DATA_DIR: dataDir,
        HOST: '127.0.0.1',
        PORT: String(port),
        ALLOWED_ORIGINS:
          env['ALLOWED_ORIGINS'] === '*' ? '*' : [landingUrl, env['ALLOWED_ORIGINS']].filter(Boolean).join(),
        // Not as .env says: development must register nobody with a real partner, and the sandbox signs its proofs with a new secret each time.
        PARTNER_URL: sandbox.url,
        VERIFICATION: 'off',
      },
    }),
  )
  const failure = Promise.race([sandbox.failure, server.failure])
  await Promise.race([untilReady(`${serverUrl}/readyz`, signal), failure])
  const addresses = {
    'landing page': `${landingUrl}/?tag=demo&click_id=42`,
    console: `${consoleUrl}/console/`,
    'operator key': env['OPERATOR_API_KEYS'] ? 'as OPERATOR_API_KEYS says' : operatorKey,
    server: serverUrl,
    'partner sandbox': sandbox.url,
  }
  const lines = Object.entries(addresses).map(([name, value]) => `  ${name.padEnd(16)} ${value}\n`)
  process.stdout.write(`\nReloads when a source changes:\n${lines.join('')}\nCtrl-C ends all of it; the data stay.\n\n`)
  await Promise.race([once(signal, 'abort'), failure])
}

async function startDatabase(parts: AsyncDisposableStack, dataDir: string): Promise<string> {
  const postgres = await startPersistentPostgres({ dataDir })
  parts.defer(() => postgres.stop())
  return postgres.url
}

function serveLanding(parts: AsyncDisposableStack, config: PageConfig): Promise<string> {
  const answerConfig: Plugin = {
    name: 'config.json',
    configureServer: ({ middlewares }) => {
      middlewares.use('/config.json', (_, response) => {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(config))
      })
    },
  }
  const alias = { '@registration/sdk': join(root, 'packages/sdk/src/index.ts') }
  return serve(parts, { root: join(root, 'apps/landing'), plugins: [answerConfig], resolve: { alias } })
}

function serveConsole(parts: AsyncDisposableStack, serverUrl: string): Promise<string> {
  // To the server it is its own page, which alone may ask.
  const operator = { target: serverUrl, headers: { origin: serverUrl } }
  return serve(parts, { root: join(root, 'apps/console'), server: { proxy: { '/operator': operator } } })
}

/** Serves a page with hot reload. Returns its origin. */
async function serve(parts: AsyncDisposableStack, config: InlineConfig): Promise<string> {
  const port = await freePort(0)
  const server = { host: '127.0.0.1', port, strictPort: true, ...config.server }
  const vite = await createServer({ ...config, server, logLevel: 'warn', clearScreen: false })
  parts.defer(() => vite.close())
  await vite.listen()
  return `http://127.0.0.1:${port}`
}
