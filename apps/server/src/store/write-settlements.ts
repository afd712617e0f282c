import { type Kysely, type QueryCreator, sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { ClaimedCall } from '../registration/registration-store.ts'
import { fromNow } from './claim.ts'
import type { Database } from './database.ts'
import { noteEnds } from './registration-calls.ts'
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
 * A registration whose call may still be under way keeps its lease, and is due at its end at the soonest; `greatest` passes
 * over what is null.
 *
 * How the calls ended, and what other apps are told of it, are rows of the same statement.
 *
 * No row is waited for: one that another transaction has locked is missing from what it resolves with, as one that isn't
 * there. Within a transaction, that one is named as well.
 */
export function createWriteSettlements(
  db: Kysely<Database>,
  endpoints: readonly string[] = [],
): (settlements: readonly SettlementRow[], within?: Kysely<Database>) => Promise<Map<string, RowWrite>> {
  const isToTell = endpoints.length > 0
  // Prepared by its name, which stands for one statement on a connection.
  const name = isToTell ? 'write-settlements-with-events' : 'write-settlements'
  const locked = db.with('mine', lockedRows)
  const statement = rowsStatement<{ id: string; written: boolean }>(
    name,
    withEvents(locked, endpoints, moving(db), noteEnds, sql`moved.event_id`, fates) as never,
  )
  return async (settlements, within = db) => {
    const { rows } = await within.executeQuery(
      statement(isToTell ? settlements.map((row) => ({ ...row, event_id: uuidv7() })) : settlements),
    )
    return new Map(rows.map(({ id, written }) => [id, written ? 'written' : 'fenced'] as const))
  }
}

/**
 * True of every settlement, and to the planner a sign that there is one at most, whose row it looks up by its id. Of a
 * table that is young when the statement is planned it expects less than of a batch, and would read all of the table for
 * each one, however many rows that has by then.
 */
const EXPECT_ONE_ROW = sql<boolean>`s.attempt between 1 and ${sql.lit(2 ** 31 - 1)}`

/** What became of a row's settlement; nothing is said of a row that is locked, or isn't there. */
export type RowWrite = 'written' | 'fenced' | 'missed'

/** Of every row that was free: whether it was written. */
const fates = (parts: QueryCreator<never>) =>
  (parts as unknown as QueryCreator<{ mine: { id: string } }>)
    .selectFrom('mine')
    .select(['id', sql<boolean>`exists (select from moved where moved.id = mine.id)`.as('written')])

/** A late link says nothing of a newer call, whose lease runs on and holds the e-mail. */
const LEASE_LEFT = sql<Date>`case when s.lease_is_over and r.attempts = s.attempt then null else r.lease_until end`

/**
 * Keeps what an answer without a link told of the account, where a newer claim keeps it from settling the registration: the
 * login and password are nowhere else.
 */
export async function keepAccount(db: Kysely<Database>, row: SettlementRow): Promise<void> {
  await db
    .updateTable('registrations')
    .set({
      partner_answer: JSON.stringify(row.partner_answer),
      partner_secrets: row.partner_secrets ?? null,
      partner_domain: row.partner_domain ?? null,
      partner_login: row.partner_login ?? null,
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', row.id)
    .where('status', 'in', ['pending', 'uncertain', 'stuck', 'succeeded_without_link'])
    .where('partner_answer', 'is', null)
    .where('erased_at', 'is', null)
    .execute()
}

/** The rows that are free, with what is to be written to them; each is locked from here on. */
function lockedRows(part: QueryCreator<Database>) {
  return part
    .selectFrom(
      sql<SettlementRow>`json_to_recordset(${ROWS}::json)`.as<'s'>(
        sql`s(id uuid, attempt int, status text, finished boolean, lease_is_over boolean, next_attempt_in_ms float8,
          stuck_reason text, deposit_url text, partner_answer jsonb, partner_secrets text, partner_domain text,
          partner_login text, rejection_code text, partner_message text, outcome text, duration_ms int, looked_up boolean, event_id uuid)`,
      ),
    )
    .innerJoin('registrations as free', (join) => join.onRef('free.id', '=', sql.ref('s.id')).on(EXPECT_ONE_ROW))
    .selectAll('s')
    .forNoKeyUpdate('free' as never)
    .skipLocked()
}

function moving(db: QueryCreator<Database>) {
  return db
    .updateTable('registrations as r')
    .from(sql<SettlementRow>`mine`.as<'s'>(sql`s`))
    .set({
      status: sql`s.status`,
      asking: false,
      lease_until: LEASE_LEFT,
      next_attempt_at: sql`case
        when s.next_attempt_in_ms is not null
          then greatest(clock_timestamp() + s.next_attempt_in_ms * interval '1 millisecond', ${LEASE_LEFT})
        when s.finished then ${LEASE_LEFT} end`,
      uncertain_since: sql`case when s.status = 'uncertain'
        then coalesce(r.uncertain_since, clock_timestamp()) else r.uncertain_since end`,
      stuck_reason: sql`s.stuck_reason`,
      deposit_url: sql`s.deposit_url`,
      // What an earlier answer told of the account stays where a later one tells nothing of it.
      partner_answer: sql`coalesce(s.partner_answer, r.partner_answer)`,
      partner_secrets: sql`case when s.partner_answer is null then r.partner_secrets else s.partner_secrets end`,
      partner_domain: sql`coalesce(s.partner_domain, r.partner_domain)`,
      partner_login: sql`coalesce(s.partner_login, r.partner_login)`,
      rejection_code: sql`s.rejection_code`,
      partner_message: sql`s.partner_message`,
      settled_at: sql`case when s.finished then now() end`,
      updated_at: sql`now()`,
      link_recovered_at: linkRecoveredAt(sql`s.status`, 'r'),
    })
    .where(sql.ref('r.id'), '=', sql`s.id`)
    .where('r.erased_at', 'is', null)
    .where(
      sql<boolean>`case when s.status = 'succeeded' then r.status <> 'succeeded'
        else r.attempts = s.attempt
          and (r.status in ('pending', 'uncertain') or (r.status = 'stuck' and s.finished)) end`,
    )
    .returning(movedColumns.map((column) => `r.${column}` as const))
    .returning([
      sql<number>`s.attempt`.as('attempt'),
      sql<string | null>`s.outcome`.as('outcome'),
      sql<number | null>`s.duration_ms`.as('duration_ms'),
      sql<boolean | null>`s.looked_up`.as('looked_up'),
      sql<string>`s.event_id`.as('event_id'),
    ])
}

/** Lets the leases of these claims begin again, where they are the newest. Waits for no lock. */
export async function extendLeases(
  db: Kysely<Database>,
  leaseMs: number,
  calls: readonly ClaimedCall[],
): Promise<void> {
  const rows = JSON.stringify(calls.map(({ id, attempt }) => ({ id, attempt })))
  await db
    .with('mine', (part) =>
      part
        .selectFrom(sql`json_to_recordset(${rows}::json)`.as<'s'>(sql`s(id uuid, attempt int)`))
        .innerJoin('registrations as free', (join) =>
          join.onRef('free.id', '=', sql.ref('s.id')).onRef('free.attempts', '=', sql.ref('s.attempt')),
        )
        .select('free.id')
        .where('free.asking', '=', true)
        .forNoKeyUpdate('free' as never)
        .skipLocked(),
    )
    .updateTable('registrations')
    .from('mine')
    .set({ lease_until: fromNow(leaseMs), next_attempt_at: fromNow(leaseMs) })
    .whereRef('registrations.id', '=', 'mine.id')
    .execute()
}
