import type { Kysely } from 'kysely'
import { foldEmail } from '../registration/registration.ts'
import type { Database } from './database.ts'
import { openAccount, type SecretBox, type StoredAccount } from './secret-box.ts'
import type { TombstoneOf } from './tombstones.ts'

/** Everything that is stored about one person, column by column, decrypted. */
export interface PersonExport {
  email: string
  registrations: Record<string, unknown>[]
  /** The webhook events about them, sent or waiting. */
  events: Record<string, unknown>[]
  /** The calls to the partner for them. */
  calls: Record<string, unknown>[]
  /** Operators' acts on their registrations. */
  acts: Record<string, unknown>[]
  /** When this e-mail was erased before. */
  erasures: Record<string, unknown>[]
}

export async function exportPerson(
  db: Kysely<Database>,
  box: SecretBox,
  tombstoneOf: TombstoneOf,
  email: string,
): Promise<PersonExport> {
  const rows = await db
    .selectFrom('registrations')
    .selectAll()
    .where('email_folded', '=', foldEmail(email))
    .orderBy('created_at')
    .execute()
  const erasures = await db
    .selectFrom('registration_erasures')
    .select(['erased_at', 'reason', 'registrations'])
    .where('tombstone', '=', tombstoneOf(email))
    .orderBy('erased_at')
    .execute()
  const ids = rows.map(({ id }) => id)
  const about = ids.length > 0 ? ids : ['00000000-0000-0000-0000-000000000000']
  const [events, calls, acts] = await Promise.all([
    db.selectFrom('registration_events').selectAll().where('registration_id', 'in', about).orderBy('id').execute(),
    db
      .selectFrom('registration_calls')
      .selectAll()
      .where('registration_id', 'in', about)
      .orderBy('registration_id')
      .orderBy('attempt')
      .execute(),
    db.selectFrom('registration_acts').selectAll().where('registration_id', 'in', about).orderBy('id').execute(),
  ])
  const registrations = rows.map(({ idempotency_key_hash, partner_answer, partner_secrets, ...row }) => ({
    ...row,
    idempotency_key_hash: idempotency_key_hash.toString('hex'),
    ...(partner_answer ? readable(box, row.id, { partner_answer, partner_secrets }) : { partner_answer }),
  }))
  return { email, registrations, events, calls, acts, erasures }
}

/** Says that there is a secret even if it can't be decrypted: the person has a right to know. */
function readable(box: SecretBox, id: string, stored: StoredAccount): object {
  try {
    return { partner_answer: openAccount(box, id, stored) }
  } catch (error) {
    return {
      partner_answer: stored.partner_answer,
      partner_secrets: `unreadable: ${error instanceof Error ? error.message : error}`,
    }
  }
}
