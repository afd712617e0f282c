import { type PartnerSandbox, startPartnerSandbox } from '@registration/partner-sandbox'
import type { FastifyInstance } from 'fastify'
import type { Selectable } from 'kysely'
import pg from 'pg'
import pino from 'pino'
import { type ComposableConfig, compose } from '../../src/compose.ts'
import { type Environment, loadConfig } from '../../src/config/load-config.ts'
import { createServer } from '../../src/http/create-server.ts'
import type { RegistrationsTable } from '../../src/store/registration-fields.ts'
import type { OnSettled } from '../../src/store/settle-with-host.ts'
import { type DatabaseProxy, openDatabaseProxy } from './database-proxy.ts'
import { migratedDatabase } from './migrated-database.ts'
import { createRestClient } from './rest-client.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { TransportClient } from './transport-client.ts'
import { createTrpcClient } from './trpc-client.ts'

/** What browsers of the tests' server are told its origin is; its port is another one each time. */
export const OWN_ORIGIN = 'https://registration.test'

/** The same for all, since replicas read each other's secrets. */
const ENCRYPTION_KEYS = `test:${Buffer.alloc(32, 1).toString('base64')}`

/** The product's server on a port of its own, with a database and a partner that nobody else has. */
export interface TestServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123`. */
  url: string
  rest: TransportClient
  trpc: TransportClient
  partner: PartnerSandbox
  /** What another replica of it has in common with it. */
  replica: { DATABASE_URL: string; PARTNER_URL: string }
  /** The same database, straight. */
  database: pg.Pool
  /** The server's only way to its database. */
  databaseProxy: DatabaseProxy
  /** Node's own server, whose limits a test may shorten. */
  http: FastifyInstance['server']
  /** What the server has logged, line by line. */
  log: Record<string, unknown>[]
}

export interface TestServerOptions {
  /** What differs from a server without rate limits, on a database without rows, beside a sandbox. */
  env?: Environment
  onSettled?: OnSettled
}

/** Starts the server by the same `compose` and `createServer` as the product. */
export async function startServer({ env = {}, onSettled }: TestServerOptions = {}): Promise<TestServer> {
  await using started = new AsyncDisposableStack()
  const dataDir = started.use(temporaryFolder())
  const partner = started.use(await startPartnerSandbox())
  const databaseUrl = env['DATABASE_URL'] ?? (await migratedDatabase())
  const databaseProxy = started.use(await openDatabaseProxy(databaseUrl))
  const database = started.adopt(new pg.Pool({ connectionString: databaseUrl, max: 2 }), (pool) => pool.end())
  const log: Record<string, unknown>[] = []
  const logger = pino({ level: 'debug' }, { write: (line) => log.push(JSON.parse(line)) })
  const config = loadConfig(
    {
      PUBLIC_URL: OWN_ORIGIN,
      DATABASE_URL: databaseProxy.url,
      DATABASE_POOL: '4',
      DATA_DIR: dataDir.path,
      ENCRYPTION_KEYS,
      PARTNER_URL: partner.url,
      RATE_LIMIT_IP: 'off',
      RATE_LIMIT_EMAIL: 'off',
      ...env,
    },
    { databaseRequired: true },
  )
  const orchestrator = compose(config as ComposableConfig, logger, { onSettled })
  started.defer(() => orchestrator.stop())
  const server = await createServer(orchestrator, { publicOrigin: config.publicOrigin, log: logger })
  started.defer(() => {
    orchestrator.announceStop()
    return server.close()
  })
  await orchestrator.start()
  const url = await server.listen({ host: '127.0.0.1', port: Number(env['PORT'] ?? 0) })

  const running = started.move()
  return {
    url,
    rest: createRestClient(url),
    trpc: createTrpcClient(url),
    partner: partner.sandbox,
    replica: { DATABASE_URL: databaseUrl, PARTNER_URL: partner.url },
    database,
    databaseProxy,
    http: server.server,
    log,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** The rows of an e-mail, oldest first, whole. */
export async function rowsOf(
  { database }: Pick<TestServer, 'database'>,
  email: string,
): Promise<Selectable<RegistrationsTable>[]> {
  const { rows } = await database.query(
    'select * from registrations where email_folded = lower($1) order by created_at, id',
    [email],
  )
  return rows
}
