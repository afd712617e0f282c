import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * History beside the hot row. A row that carries its own history is rewritten as a whole by each probe: the log grows from 2
 * to 13 KB for each. So calls have a table, whose rows reach an age and go, and operators' acts have one that only grows, and
 * outlives registrations. Neither names a person.
 *
 * The column `history` stays for the version before, which appends to it; it is read, and not written any more.
 */
export const callsAndActs: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('registration_calls')
      .addColumn('registration_id', 'uuid', (column) => column.notNull())
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('claimed_at', 'timestamptz')
      .addColumn('claim_id', 'uuid')
      .addColumn('probe', 'boolean')
      .addColumn('replica', 'text')
      .addColumn('made_by', 'text')
      .addColumn('ended_at', 'timestamptz')
      .addColumn('outcome', 'text')
      .addColumn('duration_ms', 'integer')
      .addColumn('looked_up', 'boolean')
      .addColumn('status', 'text')
      .addColumn('closed_at', 'timestamptz')
      .addColumn('closed_status', 'text')
      .addColumn('closed_replica', 'text')
      .addColumn('closed_by', 'text')
      .addPrimaryKeyConstraint('registration_calls_pkey', ['registration_id', 'attempt'])
      .execute()
    await db.schema
      .createTable('registration_acts')
      .addColumn('id', 'bigint', (column) => column.primaryKey().generatedAlwaysAsIdentity())
      .addColumn('registration_id', 'uuid', (column) => column.notNull())
      .addColumn('acted_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`clock_timestamp()`))
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('operator', 'text', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('status', 'text')
      .addColumn('endpoints', 'jsonb')
      .execute()
    await db.schema
      .createIndex('registration_acts_registration')
      .on('registration_acts')
      .columns(['registration_id', 'id'])
      .execute()
  },
}
