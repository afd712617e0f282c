import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Persons can be erased, on request and by age. An erased row stays without the person, so that a result which comes
 * late finds it and is dropped. Rows lie on disk in the order of their age: an index of block ranges finds the old ones
 * and costs next to nothing when rows are added.
 */
export const erasure: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('registrations').addColumn('erased_at', 'timestamptz').execute()
    await db.schema.createIndex('registrations_age').on('registrations').using('brin').column('created_at').execute()
    await db.schema
      .createTable('registration_erasures')
      .addColumn('id', 'uuid', (column) => column.primaryKey())
      .addColumn('tombstone', 'text', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('requested_by', 'text', (column) => column.notNull())
      .addColumn('registrations', 'integer', (column) => column.notNull())
      .addColumn('erased_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .execute()
    await db.schema
      .createTable('registration_tombstone_key')
      .addColumn('singleton', 'boolean', (column) => column.primaryKey().defaultTo(true).check(sql`singleton`))
      .addColumn('sealed', 'text', (column) => column.notNull())
      .execute()
  },
}
