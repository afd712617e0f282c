import { type Kysely, sql } from 'kysely'
import type { Database } from './database.ts'
import { type SecretBox, secretsPlace } from './secret-box.ts'
import { findSecretKeys, secretsKey } from './secret-keys.ts'
import { resealTombstoneKey } from './tombstones.ts'

/** How far it has come. */
export interface ReEncryption {
  /** Registrations whose secrets have the current key now. */
  done: number
  /** The ids of those whose secrets no listed key opens, or that were tampered with: they were left as they are. */
  unreadable: string[]
}

/** How many secrets have an older key than the current one. */
export async function countOutdated(db: Kysely<Database>, box: SecretBox): Promise<number> {
  const older = (await findSecretKeys(db)).filter((key) => key !== box.currentKey)
  const { count } = await db
    .selectFrom('registrations')
    .select((row) => row.fn.countAll<string>().as('count'))
    .where('partner_secrets', 'is not', null)
    .where(secretsKey, 'in', older.length > 0 ? older : [''])
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** A commit of so many rows holds their locks for some milliseconds. */
const BATCH = 500

/**
 * Encrypts with the current key whatever was encrypted with an older one, while servers run. Each batch is a commit of
 * its own, and replaces only what still is as it was read, so that no lock is held between reading and writing; the
 * next run finds the rows that this one didn't reach.
 */
export async function reEncrypt(
  db: Kysely<Database>,
  box: SecretBox,
  onProgress: (soFar: ReEncryption) => void = () => undefined,
): Promise<ReEncryption> {
  const soFar: ReEncryption = { done: 0, unreadable: [] }
  await resealTombstoneKey(db, box)
  for (const key of await findSecretKeys(db)) {
    if (key === box.currentKey) continue
    let after = '00000000-0000-0000-0000-000000000000'
    for (;;) {
      const rows = await db
        .selectFrom('registrations')
        .select(['id', 'partner_secrets'])
        .where('partner_secrets', 'is not', null)
        .where(secretsKey, '=', key)
        .where('id', '>', after)
        .orderBy(secretsKey)
        .orderBy('id')
        .limit(BATCH)
        .execute()
      if (rows.length === 0) break
      after = rows.at(-1)?.id ?? after
      const sealed = rows.map(({ id, partner_secrets }) => ({
        id,
        was: partner_secrets,
        is: reseal(box, id, partner_secrets),
      }))
      soFar.done += await replaceSecrets(
        db,
        sealed.filter(({ is }) => is !== undefined),
      )
      soFar.unreadable.push(...sealed.filter(({ is }) => is === undefined).map(({ id }) => id))
      onProgress(soFar)
    }
  }
  return soFar
}

function reseal(box: SecretBox, id: string, secrets: string | null): string | undefined {
  try {
    return box.seal(box.open(secrets ?? '', secretsPlace(id)), secretsPlace(id))
  } catch {
    return undefined
  }
}

async function replaceSecrets(
  db: Kysely<Database>,
  rows: { id: string; was: string | null; is: string | undefined }[],
) {
  if (rows.length === 0) return 0
  const { numUpdatedRows } = await db
    .updateTable('registrations as r')
    .from(sql`json_to_recordset(${JSON.stringify(rows)}::json)`.as<'s'>(sql`s(id uuid, was text, "is" text)`))
    .set({ partner_secrets: sql`s."is"` })
    .whereRef('r.id', '=', sql.ref('s.id'))
    .whereRef('r.partner_secrets', '=', sql.ref('s.was'))
    .executeTakeFirst()
  return Number(numUpdatedRows)
}
