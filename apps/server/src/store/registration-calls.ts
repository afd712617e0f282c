import { type Kysely, type QueryCreator, sql } from 'kysely'
import type { Actor, HistoryEvent } from '../registration/registration-store.ts'
import type { Database } from './database.ts'
import { firstIdAt } from './id-bounds.ts'

/**
 * The calls and their outcomes, one row each, written by the statement that changes the registration. Each function here is part of
 * a statement whose update `moved` returns the values to record. The registration's own row records its first claim.
 */

type Part = QueryCreator<Database>

/** Notes a claim that `moved` has committed: `moved` has `id` and `attempts`, and `status` tells whether it probes. */
export function recordClaim(part: Part, { replica, by }: Actor, claimId: string) {
  return part
    .insertInto('registration_calls')
    .columns(['registration_id', 'attempt', 'claimed_at', 'claim_id', 'probe', 'replica', 'made_by'])
    .expression(
      sql`select id, attempts, clock_timestamp(), ${claimId}::uuid, status = 'uncertain', ${replica ?? null}::text,
        ${by ?? null}::text from moved` as never,
    )
}

/** Notes how calls ended: `moved` has `id`, `attempt`, `outcome`, `duration_ms`, `looked_up` and `status`. */
export function recordEnds(part: Part) {
  return part
    .insertInto('registration_calls')
    .columns(['registration_id', 'attempt', 'ended_at', 'outcome', 'duration_ms', 'looked_up', 'status'])
    .expression(sql`select id, attempt, clock_timestamp(), outcome, duration_ms, looked_up, status from moved` as never)
    .onConflict((conflict) =>
      conflict.columns(['registration_id', 'attempt']).doUpdateSet((row) => ({
        ended_at: row.ref('excluded.ended_at'),
        outcome: row.ref('excluded.outcome'),
        duration_ms: row.ref('excluded.duration_ms'),
        looked_up: row.ref('excluded.looked_up'),
        status: row.ref('excluded.status'),
      })),
    )
}

/** Notes that a registration was closed without another call: `moved` has `id`, `attempts` and `status`. */
export function recordClosing(part: Part, { replica, by }: Actor) {
  return part
    .insertInto('registration_calls')
    .columns(['registration_id', 'attempt', 'closed_at', 'closed_status', 'closed_replica', 'closed_by'])
    .expression(
      sql`select id, attempts, clock_timestamp(), status, ${replica ?? null}::text, ${by ?? null}::text
        from moved` as never,
    )
    .onConflict((conflict) =>
      conflict.columns(['registration_id', 'attempt']).doUpdateSet((row) => ({
        closed_at: row.ref('excluded.closed_at'),
        closed_status: row.ref('excluded.closed_status'),
        closed_replica: row.ref('excluded.closed_replica'),
        closed_by: row.ref('excluded.closed_by'),
      })),
    )
}

/**
 * Finds out whether the newest claim of a registration, its `attempt`-th, was made with this id.
 *
 * @returns the database's clock where it was, in milliseconds since 1970
 */
export async function findClaim(
  db: Kysely<Database>,
  id: string,
  attempt: number,
  claimId: string,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('registration_calls as call')
    .innerJoin('registrations as own', 'own.id', 'call.registration_id')
    .select(sql<number>`(extract(epoch from clock_timestamp()) * 1000)::float8`.as('now'))
    .where('call.registration_id', '=', id)
    .where('call.attempt', '=', attempt)
    .where('call.claim_id', '=', claimId)
    .whereRef('own.attempts', '=', 'call.attempt')
    .where('own.asking', '=', true)
    .executeTakeFirst()
  return row?.now
}

/**
 * What happened to a registration, oldest first: its calls, operators' acts, and what a version before this one wrote into
 * its row.
 */
export async function findHistory(db: Kysely<Database>, id: string): Promise<HistoryEvent[]> {
  const ofCalls = (columns: string) =>
    db
      .selectFrom('registration_calls')
      .where('registration_id', '=', id)
      .where(sql<boolean>`${sql.ref(columns)} is not null`)
  const written = db
    .selectFrom('registrations')
    .where('id', '=', id)
    .select([sql<HistoryEvent>`jsonb_array_elements(history)`.as('event'), sql<number>`0`.as('rank')])
  const claims = ofCalls('claimed_at').select([
    sql<HistoryEvent>`jsonb_strip_nulls(jsonb_build_object('at', claimed_at, 'did', 'claim', 'attempt', attempt,
      'probe', probe, 'replica', replica, 'by', made_by))`.as('event'),
    sql<number>`1`.as('rank'),
  ])
  const ends = ofCalls('ended_at').select([
    sql<HistoryEvent>`jsonb_build_object('at', ended_at, 'did', 'end', 'attempt', attempt, 'outcome', outcome,
      'durationMs', duration_ms, 'status', status)
      || case when looked_up then jsonb_build_object('lookedUp', true) else '{}'::jsonb end`.as('event'),
    sql<number>`2`.as('rank'),
  ])
  const closings = ofCalls('closed_at').select([
    sql<HistoryEvent>`jsonb_strip_nulls(jsonb_build_object('at', closed_at, 'did', 'conclude', 'status', closed_status,
      'replica', closed_replica, 'by', closed_by))`.as('event'),
    sql<number>`3`.as('rank'),
  ])
  const acts = db
    .selectFrom('registration_acts')
    .where('registration_id', '=', id)
    .select([
      sql<HistoryEvent>`jsonb_strip_nulls(jsonb_build_object('at', acted_at, 'did', 'act', 'action', action,
        'by', operator, 'reason', reason, 'status', status, 'endpoints', endpoints))`.as('event'),
      sql<number>`4`.as('rank'),
    ])
  const rows = await db
    .selectFrom(written.unionAll(claims).unionAll(ends).unionAll(closings).unionAll(acts).as('history'))
    .select('event')
    .orderBy(sql`(event ->> 'at')::timestamptz`)
    .orderBy('rank')
    .execute()
  return rows.map(({ event }) => event)
}

/** Deletes the calls of registrations that were begun longer than `ms` ago, at most `limit`; says how many. */
export async function deleteOldCalls(db: Kysely<Database>, ms: number, limit: number): Promise<number> {
  const { numDeletedRows } = await db
    .with('old', (cte) =>
      cte
        .selectFrom('registration_calls')
        .select(['registration_id', 'attempt'])
        .where('registration_id', '<', firstIdAt(Date.now() - ms))
        .orderBy('registration_id')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .deleteFrom('registration_calls')
    .using('old')
    .whereRef('registration_calls.registration_id', '=', 'old.registration_id')
    .whereRef('registration_calls.attempt', '=', 'old.attempt')
    .executeTakeFirst()
  return Number(numDeletedRows)
}
