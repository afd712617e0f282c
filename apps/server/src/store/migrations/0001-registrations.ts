import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * A registration has one row from intent to outcome. Two unique indexes carry the promise: a key begins one
 * registration, and an e-mail is held by at most one that is unfinished.
 */
export const registrations: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('registrations')
      .addColumn('id', 'uuid', (column) => column.primaryKey())
      .addColumn('status', 'text', (column) =>
        column
          .notNull()
          .check(
            sql`status in ('pending', 'uncertain', 'succeeded', 'succeeded_without_link', 'rejected', 'released', 'stuck')`,
          ),
      )
      .addColumn('email', 'text', (column) => column.notNull())
      .addColumn('email_folded', 'text', (column) => column.notNull())
      .addColumn('idempotency_key_hash', 'bytea', (column) => column.notNull())
      .addColumn('name', 'text')
      .addColumn('visitor_id', 'text', (column) => column.notNull())
      .addColumn('traffic_params', 'jsonb', (column) => column.notNull())
      .addColumn('site_url', 'text')
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('client_ip', sql`inet`)
      .addColumn('browser_data', 'jsonb')
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('asking', 'boolean', (column) => column.notNull())
      .addColumn('lease_until', 'timestamptz')
      .addColumn('next_attempt_at', 'timestamptz')
      .addColumn('uncertain_since', 'timestamptz')
      .addColumn('stuck_reason', 'text')
      .addColumn('partner_domain', 'text')
      .addColumn('partner_login', 'text')
      .addColumn('partner_answer', 'jsonb')
      .addColumn('partner_secrets', 'text')
      .addColumn('deposit_url', 'text')
      .addColumn('rejection_code', 'text')
      .addColumn('partner_message', 'text')
      .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .addColumn('updated_at', 'timestamptz', (column) => column.notNull())
      .addColumn('settled_at', 'timestamptz')
      .execute()
    await db.schema
      .createIndex('registrations_idempotency_key_hash')
      .unique()
      .on('registrations')
      .column('idempotency_key_hash')
      .execute()
    await db.schema
      .createIndex('registrations_email_held')
      .unique()
      .on('registrations')
      .column('email_folded')
      .where(sql.ref('status'), 'in', ['pending', 'uncertain', 'stuck'])
      .execute()
    await db.schema
      .createIndex('registrations_email')
      .on('registrations')
      .columns(['email_folded', 'created_at'])
      .execute()
    await db.schema
      .createIndex('registrations_due')
      .on('registrations')
      .column('next_attempt_at')
      .where(sql.ref('status'), 'in', ['pending', 'uncertain'])
      .execute()
  },
}
