import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { freshDatabase } from '../../support/fresh-database.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { type PartnerProcess, startPartnerProcess } from './partner-process.ts'
import { type ServerEnvironment, type ServerProcess, startServerProcess } from './server-process.ts'

/** Replicas of the built server with one database and a partner, each in its own process. */
export interface TestCluster extends AsyncDisposable {
  servers: readonly ServerProcess[]
  partner: PartnerProcess
  /** A direct connection to the servers' database. */
  database: pg.Pool
  /** The servers' PARTNER_TIMEOUT_MS. */
  partnerTimeoutMs: number
}

/** Limits that no test reaches, even on a slow machine. */
export const LONG_LIMITS = {
  PARTNER_TIMEOUT_MS: '120000',
  REQUEST_DEADLINE_MS: '120000',
} as const satisfies ServerEnvironment
/** Limits for tests in which calls stay unanswered: a lease is over after 2.25 s. */
export const SHORT_LIMITS = {
  PARTNER_TIMEOUT_MS: '1000',
  REQUEST_DEADLINE_MS: '5000',
} as const satisfies ServerEnvironment

export interface TestClusterOptions {
  /** How many replicas; 2 by default. */
  replicas?: number
  /** Their ports, kept over restarts; free ports by default. */
  ports?: readonly number[]
  /** By default an empty database of the run's PostgreSQL. */
  databaseUrl?: string
  /** A new one by default. A given one may be behind a proxy, and outlives the cluster. */
  partner?: PartnerProcess
  /** The main file of another build of the server. */
  main?: string
  /** Overrides the environment of a replica, which has long time-outs and no rate limits. */
  env?: ServerEnvironment
}

export async function startTestCluster({
  replicas = 2,
  ports = [],
  databaseUrl,
  partner: given,
  main,
  env = {},
}: TestClusterOptions = {}): Promise<TestCluster> {
  await using started = new AsyncDisposableStack()
  const straightUrl = databaseUrl ?? (await freshDatabase())
  const database = started.adopt(new pg.Pool({ connectionString: straightUrl, max: 2 }), (pool) => pool.end())
  // A suite may stop the database; the next query reports that.
  database.on('error', () => undefined)
  const partner = given ?? started.use(await startPartnerProcess())
  const common: ServerEnvironment = {
    DATABASE_URL: straightUrl,
    PARTNER_URL: partner.url,
    ...LONG_LIMITS,
    RATE_LIMIT_IP: 'off',
    RATE_LIMIT_EMAIL: 'off',
    // Replicas must be able to read each other's secrets.
    ENCRYPTION_KEYS: `chaos:${randomBytes(32).toString('base64')}`,
    ...env,
  }
  // All at once, as in a release; the first one migrates.
  const starting = Array.from({ length: replicas }, async (_, index) => {
    const DATA_DIR = started.use(temporaryFolder()).path
    const PORT = `${ports[index] ?? 0}`
    return started.use(await startServerProcess({ DATA_DIR, PORT, ...common }, main))
  })
  // If one fails to start, wait for the others, so that all can be stopped.
  await Promise.allSettled(starting)
  const servers = await Promise.all(starting)

  const running = started.move()
  return {
    servers,
    partner,
    database,
    partnerTimeoutMs: Number(common['PARTNER_TIMEOUT_MS']),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
