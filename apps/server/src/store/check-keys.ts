import type { Kysely } from 'kysely'
import type { Database } from './database.ts'
import { type SecretBox, secretsPlace } from './secret-box.ts'
import { findSecretKeys, secretsKey } from './secret-keys.ts'

/** How the listed encryption keys stand to those that this database was used with. */
export interface KeyCheck {
  /** The ids that were new to this database. */
  added: string[]
  /** Whether the key that encrypts is one of them while others are in use: replicas that don't list it can't read what it encrypts. */
  isNewInFront: boolean
}

/** One secret may have been tampered with; so many weren't, without the key being another one. */
const SAMPLES = 20

/**
 * Holds the listed encryption keys to those that this database was used with, by a check value of each: a process whose key
 * is another one under a known id would save what nobody else can read. Where there is no check value yet, the secrets that
 * are stored under that id decide.
 *
 * @param record whether to keep the check values of new ids: once a process starts with these keys. Commands don't, since a
 *   key that no server lists must not become the one that is known.
 * @throws Error which names each key that is another one
 */
export async function checkKeys(
  db: Kysely<Database>,
  box: SecretBox,
  { record }: { record: boolean },
): Promise<KeyCheck> {
  const known = await checkValuesIn(db)
  refuse(differing(box, known))
  const added = box.checkValues().filter(({ id }) => !known.has(id))
  const inUse = await findSecretKeys(db)
  const unfit = await Promise.all(
    added.map(async ({ id }) => (!inUse.includes(id) || (await opensSecrets(db, box, id)) ? [] : [id])),
  )
  refuse(unfit.flat())
  if (record && added.length > 0) {
    await db
      .insertInto('registration_encryption_keys')
      .values(added.map(({ id, value }) => ({ id, check_value: value })))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    // Of processes that start at once, the first one's keys are those that are known.
    refuse(differing(box, await checkValuesIn(db)))
  }
  const isUsedWithOthers = known.size > 0 || inUse.some((id) => id !== box.currentKey)
  return { added: added.map(({ id }) => id), isNewInFront: isUsedWithOthers && !known.has(box.currentKey) }
}

async function checkValuesIn(db: Kysely<Database>): Promise<Map<string, string>> {
  const rows = await db.selectFrom('registration_encryption_keys').select(['id', 'check_value']).execute()
  return new Map(rows.map(({ id, check_value }) => [id, check_value]))
}

function differing(box: SecretBox, known: ReadonlyMap<string, string>): string[] {
  return box.checkValues().flatMap(({ id, value }) => (known.has(id) && known.get(id) !== value ? [id] : []))
}

function refuse(ids: readonly string[]): void {
  if (ids.length === 0) return
  const named = ids.map((id) => `"${id}"`).join(', ')
  throw new Error(
    `ENCRYPTION_KEYS: ${named} is not the key that this database knows by that id. List the right one, or give a new key a new id.`,
  )
}

/** Whether the key opens any of the secrets that are stored under its id; true where there are none. */
async function opensSecrets(db: Kysely<Database>, box: SecretBox, key: string): Promise<boolean> {
  const rows = await db
    .selectFrom('registrations')
    .select(['id', 'partner_secrets'])
    .where('partner_secrets', 'is not', null)
    .where(secretsKey, '=', key)
    .limit(SAMPLES)
    .execute()
  return (
    rows.length === 0 || rows.some(({ id, partner_secrets }) => opens(box, partner_secrets ?? '', secretsPlace(id)))
  )
}

function opens(box: SecretBox, sealed: string, place: string): boolean {
  try {
    box.open(sealed, place)
    return true
  } catch {
    return false
  }
}

/**
 * A key that was retired too early is noticed at the start, not when the first visitor's link can't be read.
 *
 * @param needed the ids of the keys that something was encrypted with, by where it lies
 * @throws Error which names every key that isn't listed
 */
export function requireKeys(box: SecretBox, needed: Readonly<Record<string, readonly string[]>>): void {
  const missing = Object.entries(needed).flatMap(([place, ids]) =>
    ids.filter((id) => !box.hasKey(id)).map((id) => `"${id}" (needed by ${place})`),
  )
  if (missing.length === 0) return
  const remedy = 'List them again, behind the first; `re-encrypt` is what lets a key be retired.'
  throw new Error(`ENCRYPTION_KEYS lacks the keys ${missing.join(', ')}. ${remedy}`)
}
