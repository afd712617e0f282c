import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { freshDatabase } from '../../support/fresh-database.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { type PartnerProcess, startPartnerProcess } from './partner-process.ts'
import { type ServerEnvironment, type ServerProcess, startServerProcess } from './server-process.ts'

/** Replicas of the built server on one database, beside a partner, all of them processes of their own. */
export interface TestCluster extends AsyncDisposable {
  servers: readonly ServerProcess[]
  partner: PartnerProcess
  /** The servers' database, straight. */
  database: pg.Pool
  /** What the servers were told, in milliseconds. */
  partnerTimeoutMs: number
}

/** Limits that nothing comes up against, however slow the machine. */
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
  /** Where they listen, also after a restart; free ports by default. */
  ports?: readonly number[]
  /** An empty database of the run's PostgreSQL by default. */
  databaseUrl?: string
  /** One of its own by default; another one may have been put behind something, and outlives the cluster. */
  partner?: PartnerProcess
  /** The file of another build of the server. */
  main?: string
  /** What differs from a replica with long time limits and no rate limits, such as another way to the database. */
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
  // Suites may end the database; what reads it then finds out by itself.
  database.on('error', () => undefined)
  const partner = given ?? started.use(await startPartnerProcess())
  const common: ServerEnvironment = {
    DATABASE_URL: straightUrl,
    PARTNER_URL: partner.url,
    ...LONG_LIMITS,
    RATE_LIMIT_IP: 'off',
    RATE_LIMIT_EMAIL: 'off',
    // One replica must be able to read what another one wrote.
    ENCRYPTION_KEYS: `chaos:${randomBytes(32).toString('base64')}`,
    ...env,
  }
  // All at once, as a release does it; whoever comes first migrates.
  const starting = Array.from({ length: replicas }, async (_, index) => {
    const DATA_DIR = started.use(temporaryFolder()).path
    const PORT = `${ports[index] ?? 0}`
    return started.use(await startServerProcess({ DATA_DIR, PORT, ...common }, main))
  })
  // Where one can't start, the others are waited for, so that none is left behind.
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
