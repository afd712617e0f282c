import { createHmac, randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import { foldEmail } from '../registration/registration.ts'
import type { Database } from './database.ts'
import type { SecretBox } from './secret-box.ts'

/** A keyed hash that replaces an erased e-mail. With the e-mail and the key it can be found again; it can't be read back. */
export type TombstoneOf = (email: string) => string

const PLACE = 'registration_tombstone_key.sealed'

/**
 * Tombstones outlive every encryption key, since the e-mails are gone that new ones could be made of. So their own key
 * is made once and lies in the database, encrypted like any other secret.
 */
export async function createTombstones(db: Kysely<Database>, box: SecretBox): Promise<TombstoneOf> {
  const fresh = box.seal(randomBytes(32).toString('base64'), PLACE)
  await db
    .insertInto('registration_tombstone_key')
    .values({ sealed: fresh })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { sealed } = await db.selectFrom('registration_tombstone_key').select('sealed').executeTakeFirstOrThrow()
  const key = Buffer.from(box.open(sealed, PLACE), 'base64')
  return (email) => `erased:${createHmac('sha256', key).update(foldEmail(email)).digest('base64url')}`
}

/** The id of the key that tombstones' own key was encrypted with. */
export async function findTombstoneKeys(db: Kysely<Database>): Promise<string[]> {
  const rows = await db.selectFrom('registration_tombstone_key').select('sealed').execute()
  return rows.flatMap(({ sealed }) => sealed.split(':')[0] ?? [])
}

/** @throws Error when no listed key opens it */
export async function resealTombstoneKey(db: Kysely<Database>, box: SecretBox): Promise<void> {
  const row = await db.selectFrom('registration_tombstone_key').select('sealed').executeTakeFirst()
  if (!row) return
  await db
    .updateTable('registration_tombstone_key')
    .set({ sealed: box.seal(box.open(row.sealed, PLACE), PLACE) })
    .where('sealed', '=', row.sealed)
    .execute()
}
