import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../database.ts'
import { firstIdAt } from '../id-bounds.ts'
import type { Window } from './sample-windows.ts'

/** Whose ids were made in any of the windows: each is one stretch of the primary key. */
export function registrationsWithin(db: Kysely<Database>, windows: readonly Window[]): RawBuilder<unknown> {
  const lows = windows.map(({ fromMs }) => firstIdAt(fromMs))
  const highs = windows.map(({ toMs }) => firstIdAt(toMs))
  // Without the offset, PostgreSQL may join as it likes, and reads the whole table where it expects a lot.
  const within = db
    .selectFrom('registrations')
    .select(['status', 'rejection_code', 'traffic_params', 'created_at'])
    .where('id', '>=', sql<string>`low`)
    .where('id', '<', sql<string>`high`)
    .offset(sql.lit(0))
  return sql`unnest(${lows}::uuid[], ${highs}::uuid[]) as windows(low, high) cross join lateral (${within}) as registration`
}

/** How many were begun in it, as PostgreSQL's statistics have it: at the cost of a plan, however many there are. */
export async function estimateWithin(db: Kysely<Database>, { fromMs, toMs }: Window): Promise<number> {
  const wanted = db
    .selectFrom('registrations')
    .select('id')
    .where('id', '>=', firstIdAt(fromMs))
    .where('id', '<', firstIdAt(toMs))
  const [plan] = await wanted.explain('json')
  const [{ Plan }] = (plan as { 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] })['QUERY PLAN']
  return Plan['Plan Rows']
}
