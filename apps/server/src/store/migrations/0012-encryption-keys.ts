import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Which encryption keys this database was used with, without the keys: a value that only the right key makes. */
export const encryptionKeys: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('registration_encryption_keys')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('check_value', 'text', (column) => column.notNull())
      .addColumn('first_seen_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .execute()
  },
}
