import { type Kysely, sql } from 'kysely'
import { foldEmail } from '../registration/fold-email.ts'
import type { Intent } from '../registration/registration.ts'
import { fromNow } from './claim.ts'
import type { Database } from './database.ts'
import { isAnswerFor } from './find.ts'
import { ROWS, rowsStatement } from './rows-statement.ts'

const COLUMNS = [
  'id',
  'email',
  'email_folded',
  'idempotency_key_hash',
  'name',
  'visitor_id',
  'traffic_params',
  'site_url',
  'source',
  'client_ip',
  'browser_data',
  'traceparent',
] as const

/** An intent, and whether its e-mail is shown to be the visitor's. */
export interface ProvenIntent {
  intent: Intent
  isProven: boolean
  /** The trace that it begins in. */
  traceparent?: string | undefined
}

/**
 * Writes intents, each with its first claim, in one statement, so in one commit. Undisturbed by those whose key is
 * known or whose e-mail is held: `on conflict do nothing` waits for whoever inserts the same at the same moment. A
 * proven one isn't written where its e-mail has an account that may still be shown, or may have one; nor is any while a call
 * for the same e-mail may be under way.
 * Resolves with the ids of those that were written.
 */
export function createInsertIntents(
  db: Kysely<Database>,
  { leaseMs, replayForMs }: { leaseMs: number; replayForMs: number },
  replica: string | undefined,
): (intents: readonly ProvenIntent[]) => Promise<Set<string>> {
  const statement = rowsStatement(
    'insert-intents',
    db
      .insertInto('registrations')
      .columns([...COLUMNS, 'status', 'attempts', 'asking', 'lease_until', 'next_attempt_at', 'updated_at', 'begun_by'])
      .expression((eb) =>
        eb
          .selectFrom(
            sql`json_to_recordset(${ROWS}::json)`.as<'intent'>(
              sql`intent(id uuid, email text, email_folded text, idempotency_key_hash bytea, name text, visitor_id text,
                traffic_params jsonb, site_url text, source text, client_ip inet, browser_data jsonb, traceparent text,
                is_proven boolean)`,
            ),
          )
          .select((_) => [
            ...COLUMNS.map((column) => sql.ref(`intent.${column}`).as(column)),
            sql.lit('pending').as('status'),
            sql.lit(1).as('attempts'),
            sql.lit(true).as('asking'),
            fromNow(leaseMs).as('lease_until'),
            fromNow(leaseMs).as('next_attempt_at'),
            sql`now()`.as('updated_at'),
            sql`${replica ?? null}::text`.as('begun_by'),
          ])
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('registrations as known')
                  .select('known.id')
                  .where('known.email_folded', '=', sql<string>`intent.email_folded`)
                  .where(({ or, and, eb }) =>
                    or([
                      // A late link finished it, and a call for it may be under way all the same.
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

type IntentRow = Record<Exclude<(typeof COLUMNS)[number], 'email_folded'>, unknown> & {
  email_folded: string
  is_proven: boolean
}

function rowOf({ intent, isProven, traceparent }: ProvenIntent): IntentRow {
  return {
    id: intent.id,
    email: intent.email,
    email_folded: foldEmail(intent.email),
    idempotency_key_hash: `\\x${intent.idempotencyKeyHash.toString('hex')}`,
    name: intent.name,
    visitor_id: intent.visitorId,
    traffic_params: intent.trafficParams,
    site_url: intent.siteUrl,
    source: intent.source,
    client_ip: intent.clientIp,
    browser_data: intent.browserData,
    // Where there is none, it is left out, which PostgreSQL takes for null.
    traceparent,
    is_proven: isProven,
  }
}
