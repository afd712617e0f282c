import { type Kysely, sql } from 'kysely'
import { foldEmail } from '../registration/fold-email.ts'
import type { Intent } from '../registration/registration.ts'
import { fromNow } from './claim.ts'
import type { Database } from './database.ts'

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
] as const

/**
 * Writes the intents, each with its first claim, in one statement, so in one commit. Undisturbed by those whose key is
 * known or whose e-mail is held: `on conflict do nothing` waits for whoever inserts the same at the same moment.
 *
 * @returns the ids of those that were written
 */
export async function insertIntents(db: Kysely<Database>, leaseMs: number, intents: Intent[]): Promise<Set<string>> {
  const inserted = await db
    .insertInto('registrations')
    .columns([...COLUMNS, 'status', 'attempts', 'asking', 'lease_until', 'next_attempt_at', 'updated_at'])
    .expression((eb) =>
      eb
        .selectFrom(
          sql`json_to_recordset(${JSON.stringify(inOneOrder(intents).map(rowOf))}::json)`.as<'intent'>(
            sql`intent(id uuid, email text, email_folded text, idempotency_key_hash bytea, name text, visitor_id text,
              traffic_params jsonb, site_url text, source text, client_ip inet, browser_data jsonb)`,
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
        ]),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute()
  return new Set(inserted.map(({ id }) => id))
}

/** Batches that cross take their locks in the same order, so that neither waits for the other in a circle. */
function inOneOrder(intents: Intent[]): Intent[] {
  return intents.toSorted((a, b) => (foldEmail(a.email) < foldEmail(b.email) ? -1 : 1))
}

function rowOf(intent: Intent): Record<(typeof COLUMNS)[number], unknown> {
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
  }
}
