import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { createIndexConcurrently, dropIndexConcurrently } from './indexes-concurrently.ts'
import type { OnlineMigration } from './online-migration.ts'

/**
 * No index of block ranges. They cost nothing while a table only grows at its end, but each vacuum summarizes the ranges
 * and makes room in them, and every row that is then written there rewrites the summaries: several kilobytes for tags and
 * click ids, five times the cost of all the rest of a registration. Nor do they forget what was deleted. Age needs no
 * index of its own, since ids are ordered by time.
 */
export const noBlockRanges: OnlineMigration = {
  outsideTransaction: true,
  async up(db: Kysely<unknown>) {
    for (const param of ['tag', 'click_id']) {
      await createIndexConcurrently(db, `registrations_by_${param}`, (index) =>
        index.on('registrations').expression(sql`(traffic_params ->> ${sql.lit(param)}), id`),
      )
      await dropIndexConcurrently(db, `registrations_${param}`)
    }
    await dropIndexConcurrently(db, 'registrations_age')
  },
}
