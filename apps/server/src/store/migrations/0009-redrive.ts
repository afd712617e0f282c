import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { createIndexConcurrently } from './indexes-concurrently.ts'
import type { OnlineMigration } from './online-migration.ts'

/**
 * Operators look through events, and send them off anew. Each kind of event (its state, its app, its type) is one stretch of
 * an index, newest last, so that any selection of kinds is a merge of short stretches, and what waits or is dead is counted
 * without the rest. A registration's events are asked for every few seconds by whoever looks at it: block ranges, which are
 * summarized when the table is vacuumed, would have all newer ones read each time.
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
