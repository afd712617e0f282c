import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { createIndexConcurrently } from './indexes-concurrently.ts'
import type { OnlineMigration } from './online-migration.ts'

/**
 * Operators list events and send them again. Each kind of event (state, endpoint, type) is one range of an index, newest last:
 * any selection of kinds merges short ranges, and waiting and dead events are counted without the others. The console reads a
 * registration's events every few seconds. A block range index, which is summarized at each vacuum, would read all newer ones each
 * time.
 */
export const redrive: OnlineMigration = {
  outsideTransaction: true,
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('registration_events')
      .addColumn('attempts_before', 'integer', (column) => column.ifNotExists().notNull().defaultTo(0))
      .addColumn('failures', 'jsonb', (column) => column.ifNotExists().notNull().defaultTo(sql`'[]'::jsonb`))
      .execute()
    await createIndexConcurrently(db, 'registration_events_kind', (index) =>
      index.on('registration_events').columns(['state', 'endpoint', 'type', 'id']),
    )
    await createIndexConcurrently(db, 'registration_events_registration', (index) =>
      index.on('registration_events').columns(['registration_id', 'id']),
    )
    await db.schema.dropIndex('registration_events_dead').ifExists().execute()
  },
}
