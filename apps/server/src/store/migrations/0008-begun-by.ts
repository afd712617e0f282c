import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The process that wrote the row and made its first call, whose claim has no entry of its own in the history. */
export const begunBy: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('registrations').addColumn('begun_by', 'text').execute()
  },
}
