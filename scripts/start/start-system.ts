import { randomBytes } from 'node:crypto'
import { mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { serveLanding } from '../../apps/landing/serve-landing.ts'
import { lastWords } from './last-words.ts'
import { startChild } from './start-child.ts'
import { startSandbox } from './start-sandbox.ts'
import { untilReady } from './until-ready.ts'

/** Where everything is, once it runs. */
export interface System {
  serverUrl: string
  sandboxUrl: string
  landingUrl: string
  consoleUrl: string
  /** Signs an operator in on the console. Generated for this run: anyone who could read it can read the database, too. */
  operatorKey: string
  logFile: string
  /** Rejects when a part ends by itself. Never resolves. */
  failure: Promise<never>
}

/**
 * Starts the partner sandbox, the landing page and the server, each on a port of its own, and waits until all are ready.
 *
 * @param parts what ends them again, in the reverse order
 * @param options.port the server's; must be free
 * @param options.dataDir keeps the server's database and log
 */
export async function startSystem(
  parts: AsyncDisposableStack,
  { port, dataDir, signal }: { port: number; dataDir: string; signal: AbortSignal },
): Promise<System> {
  // The server is to run as it does for a newcomer, whatever this shell is set up for.
  const { DATABASE_SCHEMA, DATABASE_URL, HOST, NODE_ENV, PORT, PUBLIC_URL, ...env } = process.env

  const sandbox = await startSandbox(parts, { env, signal })

  const serverUrl = `http://127.0.0.1:${port}`
  const landing = parts.use(await serveLanding({ endpoint: serverUrl, verification: sandbox.url }))

  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const logFile = join(dataDir, 'server.log')
  const log = openSync(logFile, 'w', 0o600)
  const operatorKey = randomBytes(24).toString('base64url')
  const serverEnv = {
    ...env,
    OPERATOR_API_KEYS: `start:${operatorKey}`,
    PORT: String(port),
    DATA_DIR: dataDir,
    PARTNER_URL: sandbox.url,
    ALLOWED_ORIGINS: new URL(landing.url).origin,
    // Without the proof of the confirmed e-mail, a newcomer's curl is enough.
    VERIFICATION: 'off',
  }
  const server = parts.use(
    startChild('server', 'apps/server/dist/main.js', { env: serverEnv, stdio: ['ignore', log, log] }),
  )
  const serverFailure = server.failure.catch((cause: Error) => {
    throw new Error(`${cause.message}\n${lastWords(logFile)}`, { cause })
  })
  const failure = Promise.race([sandbox.failure, serverFailure])
  await Promise.race([untilReady(`${serverUrl}/readyz`, signal), failure])
  return {
    serverUrl,
    sandboxUrl: sandbox.url,
    landingUrl: landing.url,
    consoleUrl: `${serverUrl}/console`,
    operatorKey,
    logFile,
    failure,
  }
}
