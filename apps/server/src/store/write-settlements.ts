import { type Kysely, sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { appendEvent } from './append-event.ts'
import type { Database } from './database.ts'
import { ROWS, rowsStatement } from './rows-statement.ts'
import type { SettlementRow } from './settlement-row.ts'
import { linkRecoveredAt, movedColumns, withEvents } from './with-events.ts'

/**
 * Writes how calls ended, in one statement, so in one commit.
 *
 * Who may write: the holder of the newest claim, while the registration is unfinished; where it was left to a person
 * meanwhile, only what leaves nothing to decide. A success with a link overwrites anything but a success, whoever's
 * attempt it was, since a link is never thrown away. A row whose person was erased takes nothing any more.
 *
 * An uncertain registration whose call may still be under way keeps its lease, and is due at its end at the soonest;
 * `greatest` passes over a lease that is null.
 *
 * Other apps are told of it by rows of the same statement.
 *
 * Resolves with the ids of those that were written. Within a transaction, that one is named as well.
 */
export function createWriteSettlements(
  db: Kysely<Database>,
  endpoints: readonly string[] = [],
): (settlements: readonly SettlementRow[], within?: Kysely<Database>) => Promise<Set<string>> {
  const isToTell = endpoints.length > 0
  // Prepared by its name, which stands for one statement on a connection.
  const name = isToTell ? 'write-settlements-with-events' : 'write-settlements'
  const statement = rowsStatement(name, withEvents(db, endpoints, statementIn(db), sql`moved.event_id`))
  return async (settlements, within = db) => {
    const { rows } = await within.executeQuery(
      statement(isToTell ? settlements.map((row) => ({ ...row, event_id: uuidv7() })) : settlements),
    )
    return new Set(rows.map(({ id }) => id))
  }
}

/**
 * True of every settlement, and to the planner a sign that there is one at most, whose row it looks up by its id. Of a
 * table that is young when the statement is planned it expects less than of a batch, and would read all of the table for
 * each one, however many rows that has by then.
 */
const EXPECT_ONE_ROW = sql<boolean>`s.attempt between 1 and ${sql.lit(2 ** 31 - 1)}`

function statementIn(db: Kysely<Database>) {
  return db
    .updateTable('registrations as r')
    .from(
      sql<SettlementRow>`json_to_recordset(${ROWS}::json)`.as<'s'>(
        sql`s(id uuid, attempt int, status text, finished boolean, lease_is_over boolean, next_attempt_in_ms float8,
          stuck_reason text, deposit_url text, partner_answer jsonb, partner_secrets text, partner_domain text,
          partner_login text, rejection_code text, partner_message text, event jsonb, event_id uuid)`,
      ),
    )
    .set({
      status: sql`s.status`,
      asking: false,
      lease_until: sql`case when s.lease_is_over then null else r.lease_until end`,
      next_attempt_at: sql`case when s.next_attempt_in_ms is not null then greatest(
        clock_timestamp() + s.next_attempt_in_ms * interval '1 millisecond',
        case when s.lease_is_over then null else r.lease_until end
      ) end`,
      uncertain_since: sql`case when s.status = 'uncertain'
        then coalesce(r.uncertain_since, clock_timestamp()) else r.uncertain_since end`,
      stuck_reason: sql`s.stuck_reason`,
      deposit_url: sql`s.deposit_url`,
      partner_answer: sql`s.partner_answer`,
      partner_secrets: sql`s.partner_secrets`,
      partner_domain: sql`s.partner_domain`,
      partner_login: sql`s.partner_login`,
      rejection_code: sql`s.rejection_code`,
      partner_message: sql`s.partner_message`,
      settled_at: sql`case when s.finished then now() end`,
      updated_at: sql`now()`,
      link_recovered_at: linkRecoveredAt(sql`s.status`, 'r'),
      history: appendEvent(sql`s.event`, 'r.history'),
    })
    .where(sql.ref('r.id'), '=', sql`s.id`)
    .where(EXPECT_ONE_ROW)
    .where('r.erased_at', 'is', null)
    .where(
      sql<boolean>`case when s.status = 'succeeded' then r.status <> 'succeeded'
        else r.attempts = s.attempt
          and (r.status in ('pending', 'uncertain') or (r.status = 'stuck' and s.finished)) end`,
    )
    .returning(movedColumns.map((column) => `r.${column}` as const))
    .returning(sql<string>`s.event_id`.as('event_id'))
}
