import type { EventListInput, EventState, EventSummary } from '@registration/shared/operator'
import { type Kysely, type QueryCreator, type RawBuilder, type Selectable, sql } from 'kysely'
import { DELIVERY_LEASE_MS, EVENT_STATES } from '../../events/event-outbox.ts'
import { type Act, OperatorError, type OperatorEvents } from '../../operators/operator-store.ts'
import type { Database, RegistrationEventsTable } from '../database.ts'
import { endpointStates } from '../endpoint-states.ts'
import { withEventKinds } from '../with-event-kinds.ts'
import { recordAct } from './note-act.ts'

/** Their registrations are changed too, and are held until the commit: some milliseconds. */
const BATCH = 200

/** @param listed names of the apps that are sent events */
export function createOperatorEvents(db: Kysely<Database>, listed: readonly string[]): OperatorEvents {
  /** Of the apps that are sent anything. */
  function receivers(endpoint: string | undefined): readonly string[] {
    if (listed.length === 0) {
      throw new OperatorError('conflict', 'No app is told of anything: WEBHOOK_ENDPOINTS is unset.')
    }
    if (endpoint === undefined) return listed
    if (listed.includes(endpoint)) return [endpoint]
    const apps = listed.join(', ')
    throw new OperatorError(
      'conflict',
      `WEBHOOK_ENDPOINTS does not list ${endpoint}, so that nothing is sent to it: there are ${apps}.`,
    )
  }

  return {
    list: (wanted) => listEvents(db, wanted),
    async endpoints() {
      const kinds = await withEventKinds(db).selectFrom('kinds').select('endpoint').distinct().execute()
      const names = [...new Set([...listed, ...kinds.map(({ endpoint }) => endpoint).toSorted()])]
      const states = await endpointStates(db, names)
      return states.map((state) => ({ ...state, isListed: listed.includes(state.endpoint) }))
    },
    async redrive(event, act) {
      receivers(event.endpoint)
      const redriven = await redriveEvents(db, { events: [event], states: EVENT_STATES, isInPassing: false }, act)
      if (redriven > 0) return { redriven, nextCursor: null }
      const why = 'it reached its age, or its person was erased'
      throw new OperatorError('not-found', `There is no event ${event.id} for ${event.endpoint}: ${why}.`)
    },
    async redriveDead({ endpoint, ...dead }, act, cursor) {
      const page = await pageOfEvents(db, {
        ...dead,
        state: ['dead'],
        endpoints: receivers(endpoint),
        cursor,
        limit: BATCH,
      })
      const redriven = await redriveEvents(db, { events: page.rows, states: ['dead'], isInPassing: true }, act)
      return { redriven, nextCursor: page.nextCursor }
    },
  }
}

const USUAL_LIMIT = 50

/** One page of events as operators see them. */
async function listEvents(
  db: Kysely<Database>,
  { endpoint, limit = USUAL_LIMIT, ...wanted }: EventListInput,
): Promise<{ items: EventSummary[]; nextCursor: string | null }> {
  const endpoints = endpoint === undefined ? [] : [endpoint]
  const { rows, nextCursor } = await pageOfEvents(db, { ...wanted, endpoints, limit })
  return { items: rows.map(summaryOf), nextCursor }
}

function summaryOf(row: Selectable<RegistrationEventsTable>): EventSummary {
  return {
    id: row.id,
    endpoint: row.endpoint,
    registrationId: row.registration_id,
    type: row.type,
    code: row.code,
    state: row.state,
    attempts: row.attempts,
    occurredAt: row.occurred_at.toISOString(),
    nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    lastStatus: row.last_status,
    lastError: row.last_error,
    failures: row.failures,
  }
}

/** Which events, where the apps may be several. */
export interface EventSelection extends Omit<EventListInput, 'endpoint'> {
  endpoints?: readonly string[] | undefined
  limit: number
}

/** Newest first. The page after it begins below the last one, so that it costs as much as the first. */
async function pageOfEvents(
  db: Kysely<Database>,
  { limit, ...wanted }: EventSelection,
): Promise<{ rows: Selectable<RegistrationEventsTable>[]; nextCursor: string | null }> {
  const found = await newest(db, { ...wanted, limit: limit + 1 }).execute()
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return { rows, nextCursor: last && found.length > limit ? `${last.id}:${last.endpoint}` : null }
}

/**
 * A registration's events are few, and all events are in the order of their key. In between are selections of kinds, each
 * of which is one stretch of an index: the newest of all of them are among the newest of each.
 */
function newest(
  db: Kysely<Database>,
  { state = [], type = [], endpoints = [], registrationId, cursor, limit }: EventSelection,
) {
  const fits = (table: 'event' | 'kinds'): RawBuilder<boolean>[] =>
    Object.entries({ state, type, endpoint: endpoints })
      .filter(([, values]) => values.length > 0)
      .map(([column, values]) => sql<boolean>`${sql.ref(`${table}.${column}`)} = any(${values}::text[])`)
  let events = db
    .selectFrom('registration_events as event')
    .selectAll('event')
    .orderBy('event.id', 'desc')
    .orderBy('event.endpoint', 'desc')
    .limit(limit)
  if (cursor !== undefined) events = events.where(below(cursor))
  const isOfKinds = fits('event').length > 0
  if (registrationId !== undefined) events = events.where('event.registration_id', '=', registrationId)
  if (registrationId !== undefined || !isOfKinds) {
    return fits('event').reduce((query, condition) => query.where(condition), events)
  }
  const ofKind = events.where(
    sql<boolean>`event.state = kinds.state and event.endpoint = kinds.endpoint and event.type = kinds.type`,
  )
  const merged = withEventKinds(db)
    .selectFrom('kinds')
    .innerJoinLateral(ofKind.as('event'), (join) => join.onTrue())
    .selectAll('event')
    .orderBy('event.id', 'desc')
    .orderBy('event.endpoint', 'desc')
    .limit(limit)
  return fits('kinds').reduce((query, condition) => query.where(condition), merged)
}

function below(cursor: string): RawBuilder<boolean> {
  const id = cursor.slice(0, 36)
  // The first of the two is what an index over ids alone can use.
  return sql`event.id <= ${id}::uuid and (event.id, event.endpoint) < (${id}::uuid, ${cursor.slice(37)})`
}

export interface Redrive {
  events: readonly { id: string; endpoint: string }[]
  /** Those that are in another one by now are left alone. */
  states: readonly EventState[]
  /** Whether to skip locked registrations: a redrive of several must not wait for one. */
  isInPassing: boolean
}

/**
 * Redrives events, in one statement with the record of the act. It locks registrations first, in the order of an erasure, so that the
 * two can't deadlock. A delivery that is under way keeps its lease: the event is tried when the longest delivery can be over. Of an
 * older attempt only its success counts.
 *
 * @returns how many there were
 */
async function redriveEvents(
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
    .with('noted', (cte) => recordAct(cte as unknown as QueryCreator<Database>, 'redrive', act, sql`endpoints`))
    .selectFrom('redriven')
    .select(sql<number>`count(*)::int`.as('redriven'))
    .executeTakeFirstOrThrow()
  return redriven
}
