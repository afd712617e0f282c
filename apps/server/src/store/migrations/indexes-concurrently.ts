import { type Compilable, type CreateIndexBuilder, type Kysely, sql } from 'kysely'

/**
 * Builds an index while visitors go on to register; what a try before this one left half built goes first. Only for a
 * migration that is `outsideTransaction`.
 */
export async function createIndexConcurrently(
  db: Kysely<unknown>,
  name: string,
  define: (index: CreateIndexBuilder) => Compilable,
): Promise<void> {
  await dropIndexConcurrently(db, name)
  await concurrently(db, 'create index', define(db.schema.createIndex(name)))
}

/** Drops it, where there is one, without keeping anybody from the table. Only for a migration that is `outsideTransaction`. */
export async function dropIndexConcurrently(db: Kysely<unknown>, name: string): Promise<void> {
  await concurrently(db, 'drop index', db.schema.dropIndex(name).ifExists())
}

/** Kysely's builders, which put in the schema, know no CONCURRENTLY. */
async function concurrently(db: Kysely<unknown>, verb: string, statement: Compilable): Promise<void> {
  await sql.raw(statement.compile().sql.replace(verb, `${verb} concurrently`)).execute(db)
}
