import { type Db, PgBoss } from 'pg-boss'
import { createQueueSchema } from './create-queue-schema.ts'

/** Brings the queue's tables up to date, for servers that may not. */
export async function migrateQueue(db: Db, schema: string): Promise<void> {
  await createQueueSchema(db, schema)
  const boss = new PgBoss({ db, schema, createSchema: false, schedule: false, supervise: false })
  boss.on('error', () => undefined)
  await boss.start()
  await boss.stop({ graceful: false })
}
