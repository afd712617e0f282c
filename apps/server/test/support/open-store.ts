import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import { createStore, type Store } from '../../src/store/create-store.ts'
import type { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createPool } from '../../src/store/pool.ts'
import { createSecretBox, type EncryptionKey, type SecretBox } from '../../src/store/secret-box.ts'
import type { OnSettled } from '../../src/store/settle-with-host.ts'
import { freshDatabase } from './fresh-database.ts'

export interface OpenStore extends AsyncDisposable {
  store: Store
  pool: pg.Pool
  db: Kysely<Database>
  box: SecretBox
}

export interface OpenStoreOptions {
  /** A new empty database by default. */
  databaseUrl?: string
  schema?: string
  connections?: number
  leaseMs?: number
  replayForMs?: number
  keys?: readonly [EncryptionKey, ...EncryptionKey[]]
  onSettled?: OnSettled
  replica?: string
  by?: () => 'request' | 'recovery'
}

/** A store on a migrated database, with 8 connections by default. */
export async function openStore({
  databaseUrl,
  schema = 'public',
  connections = 8,
  leaseMs = 30_000,
  replayForMs = 60_000,
  keys = [{ id: 'k1', key: Buffer.alloc(32, 1) }],
  onSettled,
  ...actor
}: OpenStoreOptions = {}): Promise<OpenStore> {
  const url = databaseUrl ?? (await freshDatabase())
  await migrate(url, schema)
  const pool = createPool({
    url,
    max: connections,
    onError: (error) => {
      throw error
    },
  })
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  const box = createSecretBox(keys)
  const store = createStore({ db, schema, leaseMs, replayForMs, box, host: onSettled && { onSettled, pool }, ...actor })
  return { store, pool, db, box, [Symbol.asyncDispose]: () => db.destroy() }
}
