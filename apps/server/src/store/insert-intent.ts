import { type Kysely, type QueryCreator, sql } from 'kysely'
import { foldEmail, type Intent, type Registration } from '../registration/registration.ts'
import type { InsertResult } from '../registration/registration-store.ts'
import { fromNow } from './claim.ts'
import type { Database } from './database.ts'
import { findByKey, findHolder, findLatestByEmail, isAnswerFor } from './find.ts'
import { ROWS, rowsStatement } from './group-commit.ts'
import { findClaim, recordClaim } from './registration-calls.ts'
import { INTENT_COLUMNS, NULL_INTENT, REGISTRATION_FIELDS, SNAPSHOT_COLUMNS } from './registration-fields.ts'
import { registrationOf, snapshotDurations } from './snapshot.ts'
import type { StoreContext } from './store-context.ts'

const COLUMNS = INTENT_COLUMNS
/** The columns of one element of the JSON document that the statement reads. */
const RECORD = [
  ...COLUMNS.map((column) => `${column} ${REGISTRATION_FIELDS[column].type}`),
  'email_folded text',
  'traceparent text',
  'is_proven boolean',
].join(', ')

/** A conflict can be gone by the time it is read. Several times in a row is no coincidence. */
const TRIES = 5

/**
 * Writes the intent by `insert`, or finds the registration that prevents it, by separate statements, which see what the winner
 * committed. A registration with this very intent was inserted by an earlier try, whose answer was lost.
 */
export async function insertIntent(
  context: StoreContext,
  proven: ProvenIntent,
  insert: (intent: ProvenIntent) => Promise<boolean>,
): Promise<InsertResult> {
  const { db, leaseMs } = context
  const { intent, isProven } = proven
  for (let tries = 1; tries <= TRIES; tries++) {
    if (await insert(proven)) return inserted(asInserted(intent, leaseMs))
    const sameKey = await findByKey(db, context, intent.idempotencyKeyHash)
    if (sameKey && (await isOurs(db, intent, sameKey))) return inserted(sameKey)
    const isReleased = sameKey?.status === 'released' && foldEmail(sameKey.email) === foldEmail(intent.email)
    if (sameKey && !isReleased) return { kind: 'same-key', registration: sameKey }
    const latest = isProven ? await findLatestByEmail(db, context, intent.email) : undefined
    const sameEmail = latest ?? (await findHolder(db, context, intent.email))
    // The key's own registration may have been restarted since it was read. The next try finds it then.
    if (sameEmail && sameEmail.id !== sameKey?.id) return { kind: 'same-email', registration: sameEmail }
    const restarted = await restartReleased(context, proven)
    if (restarted) return inserted(registrationOf(restarted, context))
  }
  throw new Error(`The intent ${intent.id} met a conflict ${TRIES} times that was gone each time it was looked at.`)
}

/** Whether this intent began or restarted the registration, and its call hasn't been settled. */
async function isOurs(db: Kysely<Database>, intent: Intent, { id, attempts, asking }: Registration): Promise<boolean> {
  if (!asking) return false
  return id === intent.id
    ? attempts === 1
    : attempts > 1 && (await findClaim(db, id, attempts, intent.id)) !== undefined
}

/** The row as it was just written, without reading it back. */
function asInserted(intent: Intent, leaseMs: number): Registration {
  return {
    ...NULL_INTENT,
    ...intent,
    status: 'pending',
    attempts: 1,
    asking: true,
    nextAttemptInMs: leaseMs,
    uncertainForMs: 0,
    partnerAccount: null,
    depositUrl: null,
    rejection: null,
    stuckReason: null,
  }
}

function inserted(registration: Registration): InsertResult {
  const { id, attempts: attempt } = registration
  return { kind: 'inserted', claim: { id, attempt, probing: false, registration } }
}

/** Restarts a released registration whose key and e-mail came back. */
async function restartReleased({ db, leaseMs, actor }: StoreContext, { intent, traceparent = null }: ProvenIntent) {
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
        .returning(SNAPSHOT_COLUMNS)
        .returning(snapshotDurations)
    return await db
      .with('moved', update)
      .with('noted', (part) => recordClaim(part as QueryCreator<Database>, actor(), intent.id))
      .selectFrom('moved')
      .selectAll()
      .executeTakeFirst()
  } catch (error) {
    // Another key holds the e-mail by now.
    if ((error as { code?: string }).code === '23505') return undefined
    throw error
  }
}

/** An intent, and whether its e-mail is shown to be the visitor's. */
export interface ProvenIntent {
  intent: Intent
  isProven: boolean
  /** The trace that it begins in. */
  traceparent?: string | null
}

/**
 * Writes intents, each with its first claim, in one statement, so in one commit. Undisturbed by those whose key is
 * known or whose e-mail is held: `on conflict do nothing` waits for a transaction that inserts the same at the same moment. A
 * proven one isn't written when its e-mail has an account that may still be shown, or may have one; nor is any while a call
 * for the same e-mail may be under way.
 * Resolves with the ids of those that were written.
 */
export function createInsertIntents({
  db,
  leaseMs,
  replayForMs,
  actor,
}: StoreContext): (intents: readonly ProvenIntent[]) => Promise<Set<string>> {
  const statement = rowsStatement(
    'insert-intents',
    db
      .insertInto('registrations')
      .columns([
        ...COLUMNS,
        'email_folded',
        'traceparent',
        'status',
        'attempts',
        'asking',
        'lease_until',
        'next_attempt_at',
        'updated_at',
        'begun_by',
      ])
      .expression((eb) =>
        eb
          .selectFrom(sql`json_to_recordset(${ROWS}::json)`.as<'intent'>(sql.raw(`intent(${RECORD})`)))
          .select((_) => [
            ...[...COLUMNS, 'email_folded' as const, 'traceparent' as const].map((column) =>
              sql.ref(`intent.${column}`).as(column),
            ),
            sql.lit('pending').as('status'),
            sql.lit(1).as('attempts'),
            sql.lit(true).as('asking'),
            fromNow(leaseMs).as('lease_until'),
            fromNow(leaseMs).as('next_attempt_at'),
            sql`now()`.as('updated_at'),
            sql`${actor().replica ?? null}::text`.as('begun_by'),
          ])
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('registrations as known')
                  .select('known.id')
                  .where('known.email_folded', '=', sql<string>`intent.email_folded`)
                  .where(({ or, and, eb }) =>
                    or([
                      // A late link finished it, and a call for it may still be under way.
                      eb('known.lease_until', '>', sql<Date>`clock_timestamp()`),
                      and([sql<boolean>`intent.is_proven`, ...isAnswerFor(replayForMs, 'known')]),
                    ]),
                  )
                  // Keeps the planner from answering it by a hash of the whole table, as it would on a young one.
                  .offset(sql.lit(0)),
              ),
            ),
          ),
      )
      .onConflict((conflict) => conflict.doNothing())
      .returning('id'),
  )
  return async (intents) => {
    const { rows } = await db.executeQuery(statement(inOneOrder(intents.map(rowOf))))
    return new Set(rows.map(({ id }) => id))
  }
}

/** Batches that cross take their locks in the same order, so that neither waits for the other in a circle. */
function inOneOrder(rows: IntentRow[]): IntentRow[] {
  return rows.sort((a, b) => (a.email_folded < b.email_folded ? -1 : 1))
}

interface IntentRow extends Record<string, unknown> {
  email_folded: string
  is_proven: boolean
}

/** A property that is missing from the document is null in PostgreSQL. */
function rowOf({ intent, isProven, traceparent }: ProvenIntent): IntentRow {
  const row: IntentRow = { email_folded: foldEmail(intent.email), traceparent, is_proven: isProven }
  for (const column of COLUMNS) {
    const value = intent[REGISTRATION_FIELDS[column].intent]
    row[column] = Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value
  }
  return row
}
