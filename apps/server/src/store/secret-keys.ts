import { type Kysely, sql } from 'kysely'
import type { Database } from './database.ts'
import { findTombstoneKeys } from './tombstones.ts'

/** The id of the key that a row's secrets were encrypted with, in the index's form. */
export const secretsKey = sql<string>`split_part(partner_secrets, ':', 1)`

/**
 * The ids of the keys that stored secrets need. Jumps from one to the next through the index: there is a handful of
 * keys, and rows without number.
 */
export async function findSecretKeys(db: Kysely<Database>): Promise<string[]> {
  const first = sql<string | null>`min(${secretsKey})`
  const keys = await db
    .withRecursive('keys', (query) =>
      query
        .selectFrom('registrations')
        .where('partner_secrets', 'is not', null)
        .select(first.as('id'))
        .unionAll((following) =>
          following
            .selectFrom('keys')
            .where('keys.id', 'is not', null)
            .select((row) =>
              row
                .selectFrom('registrations')
                .where('partner_secrets', 'is not', null)
                .where(secretsKey, '>', row.ref('keys.id'))
                .select(first.as('next'))
                .as('id'),
            ),
        ),
    )
    .selectFrom('keys')
    .select('id')
    .execute()
  const needed = [...keys.flatMap(({ id }) => id ?? []), ...(await findTombstoneKeys(db))]
  return [...new Set(needed)]
}
