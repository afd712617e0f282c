import { Kysely, PostgresDialect } from 'kysely'
import { type Environment, loadConfig } from '../config/load-config.ts'
import type { Database } from '../store/database.ts'
import { developmentKeys } from '../store/development-keys.ts'
import { createPool } from '../store/pool.ts'
import { createSecretBox, type SecretBox } from '../store/secret-box.ts'

/** What commands work on: the servers' own tables and keys. */
export interface OpenRegistrations extends AsyncDisposable {
  db: Kysely<Database>
  box: SecretBox
}

/**
 * @param env the environment of the servers, with DATABASE_URL
 * @throws ConfigError when it can't be used
 */
export function openRegistrations(env: Environment): OpenRegistrations {
  const config = loadConfig(env, { databaseRequired: true })
  const box = createSecretBox(config.encryptionKeys ?? developmentKeys(config.dataDir))
  // A connection that is lost fails the statement that needs it.
  const pool = createPool({ url: config.databaseUrl ?? '', max: 1, onError: () => undefined })
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  return { db: db.withSchema(config.databaseSchema), box, [Symbol.asyncDispose]: () => db.destroy() }
}
