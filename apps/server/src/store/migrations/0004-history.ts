import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The history of a registration is in its row, so that the statement that changes the registration writes it. For operators'
 * searches, rare rows have small indexes, and tags and click ids have block range indexes, which cost little when rows are
 * added.
 */
export const history: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('registrations')
      .addColumn('history', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'::jsonb`))
      .execute()
    await db.schema
      .createIndex('registrations_unusual')
      .on('registrations')
      .columns(['status', 'id'])
      .where(sql.ref('status'), 'in', ['succeeded_without_link', 'released'])
      .execute()
    await db.schema
      .createIndex('registrations_refused')
      .on('registrations')
      .columns(['rejection_code', 'id'])
      .where(sql.ref('rejection_code'), 'is not', null)
      .execute()
    for (const param of ['tag', 'click_id']) {
      await db.schema
        .createIndex(`registrations_${param}`)
        .on('registrations')
        .using('brin')
        .expression(sql`(traffic_params ->> ${sql.lit(param)}) text_bloom_ops`)
        .execute()
    }
  },
}
