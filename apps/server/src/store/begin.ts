import { type Kysely, sql } from 'kysely'
import { foldEmail } from '../registration/fold-email.ts'
import type { Intent } from '../registration/registration.ts'
import type { Beginning } from '../registration/registration-store.ts'
import { fromNow } from './claim.ts'
import type { Database } from './database.ts'
import { findByKey } from './find.ts'
import { type Reader, registrationOf, snapshotColumns, snapshotDurations } from './snapshot.ts'

/** What stood in the way can be gone by the time it is looked at; more than once in a row is no coincidence. */
const TRIES = 5

/**
 * The intent and its first claim in one statement, so in one commit. `on conflict do nothing` waits for whoever
 * inserts the same key or e-mail at the same moment; the loser looks the winner up in a statement of its own, which
 * sees what that one committed. An intent that is found under its own id was written by an earlier try whose answer
 * was lost.
 */
export async function begin(db: Kysely<Database>, reader: Reader, leaseMs: number, intent: Intent): Promise<Beginning> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const written = (await insert(db, leaseMs, intent)) ?? (await beginAnew(db, leaseMs, intent))
    if (written) return begun(registrationOf(written, reader))
    const sameKey = await findByKey(db, reader, intent.idempotencyKeyHash)
    if (sameKey?.id === intent.id) return begun(sameKey)
    const anew = sameKey?.status === 'released' && foldEmail(sameKey.email) === foldEmail(intent.email)
    if (sameKey && !anew) return { kind: 'same-key', registration: sameKey }
    const sameEmail = await findHolder(db, reader, intent.email)
    if (sameEmail) return { kind: 'same-email', registration: sameEmail }
  }
  throw new Error(`The intent ${intent.id} met a conflict ${TRIES} times that was gone each time it was looked at.`)
}

function begun(registration: ReturnType<typeof registrationOf>): Beginning {
  return { kind: 'begun', claim: { id: registration.id, attempt: registration.attempts, probing: false, registration } }
}

function insert(db: Kysely<Database>, leaseMs: number, intent: Intent) {
  return db
    .insertInto('registrations')
    .values({
      id: intent.id,
      status: 'pending',
      email: intent.email,
      email_folded: foldEmail(intent.email),
      idempotency_key_hash: intent.idempotencyKeyHash,
      name: intent.name,
      visitor_id: intent.visitorId,
      traffic_params: JSON.stringify(intent.trafficParams),
      site_url: intent.siteUrl,
      source: intent.source,
      client_ip: intent.clientIp,
      browser_data: intent.browserData && JSON.stringify(intent.browserData),
      attempts: 1,
      asking: true,
      lease_until: fromNow(leaseMs),
      next_attempt_at: fromNow(leaseMs),
      updated_at: sql<Date>`now()`,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning(snapshotColumns)
    .returning(snapshotDurations)
    .executeTakeFirst()
}

/** The same key and e-mail came back after its registration was released: the row starts anew. */
async function beginAnew(db: Kysely<Database>, leaseMs: number, intent: Intent) {
  try {
    return await db
      .updateTable('registrations')
      .set((row) => ({
        status: 'pending',
        attempts: row('attempts', '+', 1),
        asking: true,
        lease_until: fromNow(leaseMs),
        next_attempt_at: fromNow(leaseMs),
        settled_at: null,
        updated_at: sql<Date>`now()`,
      }))
      .where('idempotency_key_hash', '=', intent.idempotencyKeyHash)
      .where('email_folded', '=', foldEmail(intent.email))
      .where('status', '=', 'released')
      .returning(snapshotColumns)
      .returning(snapshotDurations)
      .executeTakeFirst()
  } catch (error) {
    // Another key holds the e-mail by now.
    if ((error as { code?: string }).code === '23505') return undefined
    throw error
  }
}

async function findHolder(db: Kysely<Database>, reader: Reader, email: string) {
  const row = await db
    .selectFrom('registrations')
    .select(snapshotColumns)
    .select(snapshotDurations)
    .where('email_folded', '=', foldEmail(email))
    .where('status', 'in', ['pending', 'uncertain', 'stuck'])
    .executeTakeFirst()
  return row && registrationOf(row, reader)
}
