import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Webhook events are stored by the commit that causes them, one row for each endpoint, without the person: the registration is
 * read when an event is sent. Waiting and dead events have small indexes. The rows of one registration are near each other, so a
 * block range index finds them at little cost.
 */
export const events: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('registrations').addColumn('link_recovered_at', 'timestamptz').execute()
    await db.schema
      .createTable('registration_events')
      .addColumn('id', 'uuid', (column) => column.notNull())
      .addColumn('endpoint', 'text', (column) => column.notNull())
      .addColumn('registration_id', 'uuid', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('code', 'text')
      .addColumn('occurred_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`clock_timestamp()`))
      .addColumn('state', 'text', (column) =>
        column.notNull().defaultTo('waiting').check(sql`state in ('waiting', 'delivered', 'dead')`),
      )
      .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('next_attempt_at', 'timestamptz', (column) => column.defaultTo(sql`clock_timestamp()`))
      .addColumn('last_status', 'integer')
      .addColumn('last_error', 'text')
      .addColumn('finished_at', 'timestamptz')
      .addPrimaryKeyConstraint('registration_events_pkey', ['id', 'endpoint'])
      .execute()
    await db.schema
      .createIndex('registration_events_due')
      .on('registration_events')
      .columns(['endpoint', 'next_attempt_at'])
      .where(sql.ref('state'), '=', sql.lit('waiting'))
      .execute()
    await db.schema
      .createIndex('registration_events_dead')
      .on('registration_events')
      .columns(['endpoint', 'id'])
      .where(sql.ref('state'), '=', sql.lit('dead'))
      .execute()
    await db.schema
      .createIndex('registration_events_registration')
      .on('registration_events')
      .using('brin')
      .expression(sql`registration_id uuid_minmax_multi_ops`)
      .execute()
  },
}
