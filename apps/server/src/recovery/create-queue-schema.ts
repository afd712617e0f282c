import type { Db } from 'pg-boss'

/** PostgreSQL's code for what is there already. */
const DUPLICATE = '23505'

/**
 * PostgreSQL refuses `create schema if not exists` to a role that may create none, even of one that is there; and of
 * replicas that start together it tells all but one that the schema is a duplicate.
 */
export async function createQueueSchema(db: Db, schema: string): Promise<void> {
  const { rows } = await db.executeSql('select from pg_namespace where nspname = $1', [schema])
  if (rows.length > 0) return
  await db.executeSql(`create schema if not exists ${schema}`).catch((error: { code?: string }) => {
    if (error.code !== DUPLICATE) throw error
  })
}
