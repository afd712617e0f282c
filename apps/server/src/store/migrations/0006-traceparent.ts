import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The trace that a registration began in, so that recovery goes on with it. Null where there are no traces. */
export const traceparent: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('registrations').addColumn('traceparent', 'text').execute()
  },
}
