import { type Kysely, sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { foldEmail } from '../registration/fold-email.ts'
import type { RegistrationStatus } from '../registration/registration.ts'
import type { Database } from './database.ts'
import { appendAct } from './operator/append-act.ts'
import type { TombstoneOf } from './tombstones.ts'

/** A request to erase one person. */
export interface ErasureRequest {
  email: string
  /** Why, such as a ticket's number; kept for good, so it must name nobody. */
  reason: string
  /** Who did it; kept for good. */
  requestedBy: string
}

const ERASED = 'erased'
const UNFINISHED_ARE_RELEASED = sql<RegistrationStatus>`case when status in ('pending', 'uncertain', 'stuck') then 'released' else status end`

/**
 * Removes a person from all registrations of their e-mail, with the secrets that the partner gave, and records that it
 * was done. What remains of a row says when it was, by which campaign, and how it ended. Unfinished ones are released:
 * nobody asks the partner about them any more, and the result of a call that is under way is dropped.
 *
 * @returns how many registrations the person was removed from
 */
export async function erasePerson(
  db: Kysely<Database>,
  tombstoneOf: TombstoneOf,
  { email, reason, requestedBy }: ErasureRequest,
): Promise<number> {
  const tombstone = tombstoneOf(email)
  return db.transaction().execute(async (trx) => {
    const erased = await trx
      .updateTable('registrations')
      .set({
        ...NOBODY,
        email_folded: tombstone,
        // Unique, as long as the id is, and no hash of any key.
        idempotency_key_hash: sql<Buffer>`decode(replace(id::text, '-', ''), 'hex')`,
        status: UNFINISHED_ARE_RELEASED,
        settled_at: sql`coalesce(settled_at, now())`,
        erased_at: sql`now()`,
        updated_at: sql`now()`,
        history: appendAct('erase', { by: requestedBy, reason }, UNFINISHED_ARE_RELEASED),
      })
      .where('email_folded', '=', foldEmail(email))
      .returning('id')
      .execute()
    const registrations = erased.length
    // After the rows, whose locks keep late results and their events out.
    if (registrations > 0)
      await trx
        .deleteFrom('registration_events')
        .where(
          'registration_id',
          'in',
          erased.map(({ id }) => id),
        )
        .execute()
    await trx
      .insertInto('registration_erasures')
      .values({ id: uuidv7(), tombstone, reason, requested_by: requestedBy, registrations })
      .execute()
    return registrations
  })
}

const NOBODY = {
  email: ERASED,
  name: null,
  visitor_id: ERASED,
  traffic_params: '{}',
  site_url: null,
  client_ip: null,
  browser_data: null,
  asking: false,
  lease_until: null,
  next_attempt_at: null,
  stuck_reason: null,
  partner_login: null,
  partner_answer: null,
  partner_secrets: null,
  deposit_url: null,
  partner_message: null,
} as const
