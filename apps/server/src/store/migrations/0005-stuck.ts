import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { createIndexConcurrently } from './indexes-concurrently.ts'
import type { OnlineMigration } from './online-migration.ts'

/** What waits for a person is counted every few seconds: by an index of its own, however much else is unfinished. */
export const stuck: OnlineMigration = {
  outsideTransaction: true,
  async up(db: Kysely<unknown>) {
    await createIndexConcurrently(db, 'registrations_stuck', (index) =>
      index.on('registrations').column('id').where(sql.ref('status'), '=', 'stuck'),
    )
  },
}
