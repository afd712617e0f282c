import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startThrowawayPostgres } from '@registration/local-postgres'
import { type PartnerSandbox, startPartnerSandbox } from '@registration/partner-sandbox'
import { ensureBuilt } from '@registration/test-harness'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { freePort } from '../../../server/test/support/free-port.ts'
import { serveLanding } from '../../serve-landing.ts'
import { startServer } from './start-server.ts'

/** Registrations of one e-mail that the server allows in an hour. */
export const EMAIL_QUOTA = 2

export interface System extends AsyncDisposable {
  /** The page's address; the server has another origin. */
  pageUrl: string
  serverUrl: string
  partner: PartnerSandbox
  database: pg.Pool
}

/** Everything but the browser, as it is in production: page, verification, server, database and partner, by the network. */
export async function startSystem(): Promise<System> {
  ensureBuilt()
  await using started = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'registration-landing-'))
  started.defer(() => rm(dataDir, { recursive: true, force: true }))
  const postgres = started.use(await startThrowawayPostgres())
  const partner = started.use(await startPartnerSandbox())
  const serverPort = await freePort()
  const serverUrl = `http://127.0.0.1:${serverPort}`
  const page = started.use(await serveLanding({ endpoint: serverUrl, verification: partner.url }))
  const database = started.adopt(new pg.Pool({ connectionString: postgres.url, max: 1 }), (pool) => pool.end())
  // PostgreSQL may be told to end before a connection that is closing has said its last word.
  database.on('connect', (client) => client.on('error', () => undefined))
  database.on('error', () => undefined)
  started.use(
    await startServer({
      PORT: `${serverPort}`,
      DATABASE_URL: postgres.url,
      DATA_DIR: dataDir,
      PARTNER_URL: partner.url,
      // Short, so that a partner that keeps the server waiting soon makes it say 202. A slow machine has it say so more often.
      REQUEST_DEADLINE_MS: '500',
      ALLOWED_ORIGINS: new URL(page.url).origin,
      VERIFICATION: 'hs256',
      VERIFICATION_SECRET: partner.sandbox.verificationSecret,
      RATE_LIMIT_IP: 'off',
      RATE_LIMIT_EMAIL: `${EMAIL_QUOTA}/hour`,
    }),
  )
  const running = started.move()
  return {
    pageUrl: page.url,
    serverUrl,
    partner: partner.sandbox,
    database,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Keeps the partner from answering a call for this e-mail until the returned function is called, or the test is over. */
export function holdPartner({ partner }: System, email: string): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  partner.misbehave(email, 'slow', { until: promise })
  onTestFinished(() => resolve())
  return resolve
}
