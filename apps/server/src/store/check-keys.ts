import type { Kysely } from 'kysely'
import type { Database } from './database.ts'
import type { SecretBox } from './secret-box.ts'

/**
 * Holds the listed encryption keys to those that this database was used with, by a check value of each: a process whose key
 * is another one under a known id would save what nobody else can read.
 *
 * @returns whether the key that encrypts is new here, while others are in use: replicas that don't list it can't read what it
 *   encrypts
 * @throws Error which names each key that is another one
 */
export async function checkKeys(db: Kysely<Database>, box: SecretBox): Promise<boolean> {
  const known = new Map(
    (await db.selectFrom('registration_encryption_keys').selectAll().execute()).map((row) => [row.id, row.check_value]),
  )
  const wrong = box.checkValues().filter(({ id, value }) => known.has(id) && known.get(id) !== value)
  if (wrong.length > 0) {
    const ids = wrong.map(({ id }) => `"${id}"`).join(', ')
    throw new Error(
      `ENCRYPTION_KEYS: ${ids} is not the key that this database knows by that id. List the right one, or give a new key a new id.`,
    )
  }
  await db
    .insertInto('registration_encryption_keys')
    .values(box.checkValues().map(({ id, value }) => ({ id, check_value: value })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return known.size > 0 && !known.has(box.currentKey)
}
