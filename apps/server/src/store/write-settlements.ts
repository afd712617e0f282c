import { type Kysely, type QueryCreator, sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { ClaimedCall } from '../registration/registration-store.ts'
import type { Settlement } from '../registration/settlement.ts'
import { fromNow } from './claim.ts'
import type { Database } from './database.ts'
import { ROWS, rowsStatement } from './group-commit.ts'
import { recordEnds } from './registration-calls.ts'
import { type SecretBox, sealAccount } from './secret-box.ts'
import { linkRecoveredAt, movedColumns, withEvents } from './with-events.ts'

/**
 * Writes the results of calls, in one statement and so in one commit.
 *
 * The holder of the newest claim may write while the registration is unfinished. If it is stuck meanwhile, only a final result is
 * written. A success with a link overwrites every status but a success, of any attempt, since a link is never thrown
 * away. An erased row takes no result.
 *
 * A registration whose call may still be under way keeps its lease and is due at its end at the earliest. (`greatest` ignores
 * nulls.)
 *
 * The records of the calls and the webhook events are rows of the same statement.
 *
 * It waits for no row lock: a row that another transaction has locked is missing from the result, like a row that doesn't exist.
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
    withEvents(locked, endpoints, moving(db), recordEnds, sql`moved.event_id`, fates) as never,
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

/** The outcome of writing one row's settlement. `missed`: the row is locked, or isn't there. */
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
      // Keeps the account of an earlier answer if a later one has none.
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

/** A settlement as the statement takes it. What doesn't apply is left out, which PostgreSQL takes for null. */
export interface SettlementRow {
  id: string
  attempt: number
  status: string
  /** How the call ended, where that is known. */
  outcome?: string | undefined
  duration_ms?: number | undefined
  looked_up?: true | undefined
  finished?: true
  /** Whether the claimed call is certainly no longer under way. */
  lease_is_over?: boolean
  next_attempt_in_ms?: number
  stuck_reason?: string
  deposit_url?: string | null
  partner_answer?: unknown
  partner_secrets?: string | null
  partner_domain?: string | null
  partner_login?: string | null
  rejection_code?: string
  partner_message?: string | null
}

export function settlementRow(box: SecretBox, call: ClaimedCall, settlement: Settlement): SettlementRow {
  const { id, attempt, ended } = call
  const status = settlement.to === 'retry' ? 'pending' : settlement.to
  const row: SettlementRow = {
    id,
    attempt,
    status,
    outcome: ended?.outcome,
    duration_ms: ended?.durationMs,
    looked_up: ended?.lookedUp,
  }
  switch (settlement.to) {
    case 'succeeded': {
      const { answer, depositUrl } = settlement
      // A link that logs somebody in is a secret, and lies encrypted with the others.
      const deposit_url = depositUrl === answer.autologin ? null : depositUrl
      return { ...row, ...FINISHED, deposit_url, ...account(box, id, settlement) }
    }
    case 'succeeded_without_link':
      return { ...row, ...FINISHED, ...account(box, id, settlement) }
    case 'rejected':
      return { ...row, ...FINISHED, rejection_code: settlement.code, partner_message: settlement.message }
    case 'retry':
      return { ...row, lease_is_over: true, next_attempt_in_ms: settlement.nextAttemptInMs }
    case 'uncertain': {
      const { leaseIsOver, nextAttemptInMs } = settlement
      return { ...row, lease_is_over: leaseIsOver, next_attempt_in_ms: nextAttemptInMs }
    }
    case 'stuck':
      return { ...row, stuck_reason: settlement.reason, partner_message: settlement.message ?? null }
  }
}

const FINISHED = { finished: true, lease_is_over: true } as const

function account(box: SecretBox, id: string, { answer }: Extract<Settlement, { answer: unknown }>) {
  if (!answer) return {}
  return {
    ...sealAccount(box, id, answer),
    partner_domain: answer.domain ?? null,
    partner_login: answer.login === undefined ? null : String(answer.login),
  }
}
