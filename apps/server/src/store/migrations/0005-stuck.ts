import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What waits for a person is counted every few seconds: by an index of its own, however much else is unfinished. */
export const stuck: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createIndex('registrations_stuck')
      .on('registrations')
      .column('id')
      .where(sql.ref('status'), '=', 'stuck')
      .execute()
  },
}
