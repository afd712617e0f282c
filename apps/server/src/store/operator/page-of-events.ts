import type { EventListInput } from '@registration/shared/operator'
import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely'
import type { Database, RegistrationEventsTable } from '../database.ts'
import { withEventKinds } from '../with-event-kinds.ts'

/** Which events, where the apps may be several. */
export interface EventSelection extends Omit<EventListInput, 'endpoint'> {
  endpoints?: readonly string[] | undefined
  limit: number
}

/** Newest first. The page after it begins below the last one, so that it costs as much as the first. */
export async function pageOfEvents(
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
