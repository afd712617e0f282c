import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Secrets by the id of the key that they were encrypted with: which keys are still needed, and by which rows. */
export const secretKeys: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createIndex('registrations_secrets_key')
      .on('registrations')
      .expression(sql`split_part(partner_secrets, ':', 1), id`)
      .where(sql.ref('partner_secrets'), 'is not', null)
      .execute()
  },
}
