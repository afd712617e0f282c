import { Kysely, PostgresDialect } from 'kysely'
import type { Config } from '../config/config.ts'
import { type Environment, loadConfig } from '../config/load-config.ts'
import type { OperatorStore } from '../operators/operator-store.ts'
import { createPartner } from '../partner/create-partner.ts'
import { createLinkCheck, redirectHosts } from '../partner/deposit-link.ts'
import { leaseMs, mayProbe } from '../registration/policy.ts'
import type { Database } from '../store/database.ts'
import { createOperatorStore } from '../store/operator/create-operator-store.ts'
import { createPool } from '../store/pool.ts'
import { createSecretBox, developmentKeys, type SecretBox } from '../store/secret-box.ts'

/** The servers' tables and keys, for commands. */
export interface OpenRegistrations extends AsyncDisposable {
  config: Config
  /** With the schema of the tables. */
  db: Kysely<Database>
  /** The same connection without a schema. */
  connection: Kysely<Database>
  box: SecretBox
  /** The store behind the operator router. */
  operators: OperatorStore
}

/**
 * @param env the environment of the servers, with DATABASE_URL
 * @throws ConfigError if it is invalid
 */
export function openRegistrations(env: Environment): OpenRegistrations {
  const config = loadConfig(env, { databaseRequired: true })
  const box = createSecretBox(config.encryptionKeys ?? developmentKeys(config.dataDir))
  // A lost connection fails the statement that needs it, so the event needn't be handled.
  const pool = createPool({ url: config.databaseUrl ?? '', max: 1, onError: () => undefined })
  const connection = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  const db = connection.withSchema(config.databaseSchema)
  const isAllowedHost = redirectHosts(config.redirectHosts)
  // Never called, so it never connects. Only its capabilities are read.
  const partner = createPartner({
    url: config.partnerUrl,
    timeoutMs: config.partnerTimeoutMs,
    connections: 1,
    isAllowedHost,
  })
  const operators = createOperatorStore({
    db,
    box,
    leaseMs: leaseMs(config),
    mayProbe: mayProbe({ partner, policy: { uniqueByEmail: config.partnerUniqueByEmail } }),
    endpoints: config.webhooks.map(({ name }) => name),
    isLinkAllowed: createLinkCheck(isAllowedHost),
  })
  return { config, db, connection, box, operators, [Symbol.asyncDispose]: () => connection.destroy() }
}
