import { type Compilable, type QueryCreator, type RawBuilder, sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from './database.ts'

/** What an update that may move registrations has to return. */
export type MovedColumns = 'id' | 'status' | 'rejection_code' | 'stuck_reason' | 'link_recovered_at'

export const movedColumns = [
  'id',
  'status',
  'rejection_code',
  'stuck_reason',
  'link_recovered_at',
] as const satisfies MovedColumns[]

/** For an update's `set`: remembers that a link turned up for an account that had none. */
export const linkRecoveredAt = (newStatus: RawBuilder<unknown>, table = 'registrations') =>
  sql<Date>`case when ${newStatus} = 'succeeded' and ${sql.ref(`${table}.status`)} = 'succeeded_without_link'
    then clock_timestamp() else ${sql.ref(`${table}.link_recovered_at`)} end`

/**
 * An update that moves registrations, with the note of it and the events that tell other apps: one statement, so that all
 * are committed or none is, however many rows it moves.
 *
 * @param moved the update, which moves only what it changes the status of, and returns {@link movedColumns}
 * @param note writes down what was done, from the rows of `moved`
 * @param result what the statement gives: `moved` by default
 * @param eventId an SQL expression over the row `moved`; where that is one row at most, a new id by default
 */
export function withEvents<Row>(
  db: QueryCreator<Database>,
  endpoints: readonly string[],
  moved: Compilable<Row>,
  note: (part: QueryCreator<Database>) => Compilable,
  eventId: RawBuilder<unknown> = sql`${uuidv7()}::uuid`,
  result: (parts: QueryCreator<never>) => Compilable = (parts) => parts.selectFrom('moved' as never).selectAll(),
): Compilable<Row> {
  const noted = db.with('moved', () => moved as never).with('noted', (part) => note(part as never) as never)
  if (endpoints.length === 0) return result(noted as never) as never
  const announced = noted.with('announced', (cte) =>
    cte
      .insertInto('registration_events')
      .columns(['id', 'endpoint', 'registration_id', 'type', 'code'])
      .expression(
        sql`select ${eventId}, endpoint, moved.id,
            case when moved.status = 'succeeded' and moved.link_recovered_at is not null then 'registration.link_recovered'
              when moved.status = 'succeeded_without_link' then 'registration.succeeded'
              else 'registration.' || moved.status end,
            case moved.status when 'rejected' then moved.rejection_code when 'stuck' then moved.stuck_reason
              when 'succeeded_without_link' then 'LINK_UNAVAILABLE' end
            from moved, unnest(${[...endpoints]}::text[]) as endpoint
            where moved.status in ('succeeded', 'succeeded_without_link', 'rejected', 'stuck')` as never,
      ),
  )
  return result(announced as never) as never
}
