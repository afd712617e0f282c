import type { EventState } from '@registration/shared/operator'
import { type Kysely, type QueryCreator, sql } from 'kysely'
import { DELIVERY_LEASE_MS } from '../../registration/event-outbox.ts'
import type { Act } from '../../registration/operator-store.ts'
import type { Database } from '../database.ts'
import { noteAct } from './note-act.ts'

export interface Redrive {
  events: readonly { id: string; endpoint: string }[]
  /** Those that are in another one by now are left alone. */
  states: readonly EventState[]
  /** Whether to pass over registrations that somebody is at work on: who takes several rows must not wait for one. */
  isInPassing: boolean
}

/**
 * Sends events off anew, in one statement with the note of who did it. Registrations are taken first, as an erasure takes
 * them, so that one of the two comes before the other and neither holds what the other needs. An attempt that is under way
 * keeps its lease: what waits is tried when the longest one can be over, and the end of an older attempt says nothing but
 * that it arrived.
 *
 * @returns how many there were
 */
export async function redriveEvents(
  db: Kysely<Database>,
  { events, states, isInPassing }: Redrive,
  act: Pick<Act, 'by' | 'reason'>,
): Promise<number> {
  const ids = events.map(({ id }) => id)
  const endpoints = events.map(({ endpoint }) => endpoint)
  const { redriven } = await db
    .with('wanted', (cte) =>
      cte
        .selectFrom(
          sql<{ id: string; endpoint: string }>`unnest(${ids}::uuid[], ${endpoints}::text[])`.as<'asked'>(
            sql`asked(id, endpoint)`,
          ),
        )
        .innerJoin('registration_events as event', (join) =>
          join.onRef('event.id', '=', 'asked.id').onRef('event.endpoint', '=', 'asked.endpoint'),
        )
        .select(['event.id', 'event.endpoint', 'event.registration_id']),
    )
    .with('about', (cte) => {
      const registrations = cte
        .selectFrom('registrations')
        .select(['id', 'status'])
        .where('id', 'in', (own) => own.selectFrom('wanted').select('registration_id'))
        .forNoKeyUpdate()
      return isInPassing ? registrations.skipLocked() : registrations
    })
    .with('redriven', (cte) =>
      cte
        .updateTable('registration_events as event')
        .from(['wanted', 'about'])
        .set({
          state: 'waiting',
          next_attempt_at: sql`case when event.state = 'waiting' then least(event.next_attempt_at,
            clock_timestamp() + ${DELIVERY_LEASE_MS}::float8 * interval '1 millisecond') else clock_timestamp() end`,
          attempts_before: sql`event.attempts`,
          finished_at: null,
        })
        .whereRef('event.id', '=', 'wanted.id')
        .whereRef('event.endpoint', '=', 'wanted.endpoint')
        .whereRef('about.id', '=', 'wanted.registration_id')
        .where(sql<boolean>`event.state = any(${states}::text[])`)
        .returning(['event.registration_id', 'event.endpoint']),
    )
    .with('moved', (cte) =>
      cte
        .selectFrom('redriven')
        .innerJoin('about', 'about.id', 'redriven.registration_id')
        .select(['about.id', 'about.status', sql`jsonb_agg(distinct endpoint order by endpoint)`.as('endpoints')])
        .groupBy(['about.id', 'about.status']),
    )
    .with('noted', (cte) => noteAct(cte as unknown as QueryCreator<Database>, 'redrive', act, sql`endpoints`))
    .selectFrom('redriven')
    .select(sql<number>`count(*)::int`.as('redriven'))
    .executeTakeFirstOrThrow()
  return redriven
}
