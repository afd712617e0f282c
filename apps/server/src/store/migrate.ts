import type { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Database } from './database.ts'
import { registrations } from './migrations/0001-registrations.ts'
import { secretKeys } from './migrations/0002-secret-keys.ts'
import { erasure } from './migrations/0003-erasure.ts'
import { history } from './migrations/0004-history.ts'
import { stuck } from './migrations/0005-stuck.ts'
import { traceparent } from './migrations/0006-traceparent.ts'
import { events } from './migrations/0007-events.ts'

/** In the order of their names. A migration that has run anywhere is never changed. */
const MIGRATIONS: Record<string, Migration> = {
  '0001-registrations': registrations,
  '0002-secret-keys': secretKeys,
  '0003-erasure': erasure,
  '0004-history': history,
  '0005-stuck': stuck,
  '0006-traceparent': traceparent,
  '0007-events': events,
}

/**
 * Brings the schema up to date, under Kysely's advisory lock, so that replicas which start together run each
 * migration once. Its records have names and a schema of their own: a host may migrate its tables with Kysely too.
 *
 * @throws Error with the failed migration's name and cause
 */
export async function migrate(db: Kysely<Database>, schema: string): Promise<void> {
  const { error, results } = await new Migrator({
    db: db.withSchema(schema),
    provider: { getMigrations: async () => MIGRATIONS },
    migrationTableSchema: schema,
    migrationTableName: 'registration_migrations',
    migrationLockTableName: 'registration_migrations_lock',
  }).migrateToLatest()
  if (!error) return
  const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'before the first one'
  throw new Error(`Migrating the schema "${schema}" failed (${failed}).`, { cause: error })
}
