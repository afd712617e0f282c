import { type Kysely, type QueryCreator, sql } from 'kysely'
import { foldEmail } from '../registration/fold-email.ts'
import type { Doer } from '../registration/history-event.ts'
import type { Intent, Registration } from '../registration/registration.ts'
import type { Beginning } from '../registration/registration-store.ts'
import { fromNow } from './claim.ts'
import type { Database } from './database.ts'
import { findByKey, findHolder, findLatestByEmail } from './find.ts'
import type { ProvenIntent } from './insert-intents.ts'
import { findClaim, noteClaim } from './registration-calls.ts'
import { type Reader, registrationOf, snapshotColumns, snapshotDurations } from './snapshot.ts'

/** What stood in the way can be gone by the time it is looked at; more than once in a row is no coincidence. */
const TRIES = 5

/**
 * Writes the intent by `insert`, or finds out what stands in its way: by statements of their own, which see what the
 * winner committed. What was begun with this very intent was so by an earlier try, whose answer was lost.
 */
export async function begin(
  db: Kysely<Database>,
  reader: Reader,
  leaseMs: number,
  doer: Doer,
  proven: ProvenIntent,
  insert: (intent: ProvenIntent) => Promise<boolean>,
): Promise<Beginning> {
  const { intent, isProven, traceparent } = proven
  for (let tries = 1; tries <= TRIES; tries++) {
    if (await insert(proven)) return begun(asBegun(intent, leaseMs))
    const sameKey = await findByKey(db, reader, intent.idempotencyKeyHash)
    if (sameKey && (await isOurs(db, intent, sameKey))) return begun(sameKey)
    const mayBeginAnew = sameKey?.status === 'released' && foldEmail(sameKey.email) === foldEmail(intent.email)
    if (sameKey && !mayBeginAnew) return { kind: 'same-key', registration: sameKey }
    const latest = isProven ? await findLatestByEmail(db, reader, intent.email) : undefined
    const sameEmail = latest ?? (await findHolder(db, reader, intent.email))
    // The key's own may have been begun anew since it was read: then the next look finds it.
    if (sameEmail && sameEmail.id !== sameKey?.id) return { kind: 'same-email', registration: sameEmail }
    const anew = await beginAnew(db, leaseMs, doer, intent, traceparent ?? null)
    if (anew) return begun(registrationOf(anew, reader))
  }
  throw new Error(`The intent ${intent.id} met a conflict ${TRIES} times that was gone each time it was looked at.`)
}

/** Whether the registration was begun, or begun anew, by this intent, and its call hasn't been settled. */
async function isOurs(db: Kysely<Database>, intent: Intent, { id, attempts, asking }: Registration): Promise<boolean> {
  if (!asking) return false
  return id === intent.id
    ? attempts === 1
    : attempts > 1 && (await findClaim(db, id, attempts, intent.id)) !== undefined
}

/** The row as it was just written, without reading it back. */
function asBegun(intent: Intent, leaseMs: number): Registration {
  return {
    ...intent,
    status: 'pending',
    attempts: 1,
    asking: true,
    nextAttemptInMs: leaseMs,
    uncertainForMs: 0,
    partnerAnswer: null,
    depositUrl: null,
    rejection: null,
    stuckReason: null,
  }
}

function begun(registration: Registration): Beginning {
  const { id, attempts: attempt } = registration
  return { kind: 'begun', claim: { id, attempt, probing: false, registration } }
}

/** The same key and e-mail came back after its registration was released: the row starts anew. */
async function beginAnew(
  db: Kysely<Database>,
  leaseMs: number,
  doer: Doer,
  intent: Intent,
  traceparent: string | null,
) {
  try {
    const update = (part: QueryCreator<Database>) =>
      part
        .updateTable('registrations')
        .set((row) => ({
          status: 'pending',
          attempts: row('attempts', '+', 1),
          asking: true,
          lease_until: fromNow(leaseMs),
          next_attempt_at: fromNow(leaseMs),
          settled_at: null,
          uncertain_since: null,
          traceparent,
          updated_at: sql<Date>`now()`,
        }))
        .where('idempotency_key_hash', '=', intent.idempotencyKeyHash)
        .where('email_folded', '=', foldEmail(intent.email))
        .where('status', '=', 'released')
        .returning(snapshotColumns)
        .returning(snapshotDurations)
    return await db
      .with('moved', update)
      .with('noted', (part) => noteClaim(part as QueryCreator<Database>, doer, intent.id))
      .selectFrom('moved')
      .selectAll()
      .executeTakeFirst()
  } catch (error) {
    // Another key holds the e-mail by now.
    if ((error as { code?: string }).code === '23505') return undefined
    throw error
  }
}
