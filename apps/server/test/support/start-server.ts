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

/** The server's public origin in tests. Its real port differs each time. */
export const OWN_ORIGIN = 'https://registration.test'

/** The same for all servers, since replicas read each other's secrets. */
const ENCRYPTION_KEYS = `test:${Buffer.alloc(32, 1).toString('base64')}`

/** A real server on its own port, with its own database and partner. */
export interface TestServer extends AsyncDisposable {
  /** For example `http://127.0.0.1:40123`. */
  url: string
  rest: TransportClient
  trpc: TransportClient
  partner: PartnerSandbox
  /** The settings that another replica must share. */
  replica: { DATABASE_URL: string; PARTNER_URL: string }
  /** The same database without the proxy. */
  database: pg.Pool
  /** The server's only way to its database. */
  databaseProxy: DatabaseProxy
  /** Node's own server, whose time-outs a test may shorten. */
  http: FastifyInstance['server']
  /** The log lines of the server. */
  log: Record<string, unknown>[]
}

export interface TestServerOptions {
  /** Overrides the defaults: no rate limits, an empty database, and a sandbox as the partner. */
  env?: Environment
  onSettled?: OnSettled
}

/** Starts the server with the production code, `compose` and `createServer`. */
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

/** All columns of the rows with this e-mail, oldest first. */
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
