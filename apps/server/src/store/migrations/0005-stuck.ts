import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { createIndexConcurrently } from './indexes-concurrently.ts'
import type { OnlineMigration } from './online-migration.ts'

/** Stuck registrations are counted every few seconds. Their own index makes that independent of everything else that is unfinished. */
export const stuck: OnlineMigration = {
  outsideTransaction: true,
  async up(db: Kysely<unknown>) {
    await createIndexConcurrently(db, 'registrations_stuck', (index) =>
      index.on('registrations').column('id').where(sql.ref('status'), '=', 'stuck'),
    )
  },
}
