import { setTimeout as pause } from 'node:timers/promises'
import { type Kysely, type QueryCreator, sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { OperatorError } from '../operators/operator-store.ts'
import { foldEmail } from '../registration/registration.ts'
import type { Database } from './database.ts'
import { recordAct } from './operator/note-act.ts'
import { erasedValues } from './registration-fields.ts'
import type { TombstoneOf } from './tombstones.ts'

/** A request to erase one person. */
export interface ErasureRequest {
  email: string
  /** Why, such as a ticket's number; kept for good, so it must name nobody. */
  reason: string
  /** Who did it; kept for good. */
  requestedBy: string
}

/** Often enough to come between two calls of a registration that is probed again and again. */
const LOOK_AGAIN_AFTER_MS = 100
const STILL_CALLING =
  'Calls to the partner for this person kept being under way: try again once the partner answers, or has been asked less often.'

/**
 * Removes a person from all registrations of their e-mail, with the secrets that the partner gave, and records that it
 * was done. The rest of a row says when it was begun and how it ended. Unfinished ones are released:
 * the partner is not asked about them any more.
 *
 * A call that is under way is waited for, or the end of its lease: without the row that holds the e-mail, the same visitor
 * could be registered by a second call beside it.
 *
 * @param leaseMs how long a call may be under way
 * @returns how many registrations the person was removed from
 * @throws OperatorError where a call was under way each time in more than two leases
 */
export async function erasePerson(
  db: Kysely<Database>,
  tombstoneOf: TombstoneOf,
  request: ErasureRequest,
  leaseMs: number,
): Promise<number> {
  const tombstone = tombstoneOf(request.email)
  const giveUpAt = performance.now() + 2.5 * leaseMs
  for (;;) {
    const erased = await db.transaction().execute((trx) => eraseUnlessCalling(trx, tombstone, request))
    if (erased !== 'calling') return erased
    if (performance.now() > giveUpAt) throw new OperatorError('conflict', STILL_CALLING)
    await pause(LOOK_AGAIN_AFTER_MS)
  }
}

async function eraseUnlessCalling(
  trx: Transaction<Database>,
  tombstone: string,
  { email, reason, requestedBy }: ErasureRequest,
): Promise<number | 'calling'> {
  const found = await trx
    .selectFrom('registrations')
    .select(sql<boolean>`coalesce(lease_until > clock_timestamp(), false)`.as('calling'))
    .where('email_folded', '=', foldEmail(email))
    .orderBy('id')
    .forUpdate()
    .execute()
  if (found.some(({ calling }) => calling)) return 'calling'
  const update = (part: QueryCreator<Database>) =>
    part
      .updateTable('registrations')
      .set({ ...erasedValues(), email_folded: tombstone })
      .where('email_folded', '=', foldEmail(email))
      .returning(['id', 'status'])
  const erased = await trx
    .with('moved', update)
    .with('noted', (part) => recordAct(part as QueryCreator<Database>, 'erase', { by: requestedBy, reason }))
    .selectFrom('moved')
    .select('id')
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
}
