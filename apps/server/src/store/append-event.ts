import { type RawBuilder, sql } from 'kysely'
import type { HistoryEvent } from '../registration/history-event.ts'

/** A day of probes takes some two hundred; what comes after that tells nothing new. */
const MAX_EVENTS = 500

/**
 * The column `history` with one event more, which happens now.
 *
 * @param event an SQL expression of type jsonb, without `at`
 */
export function appendEvent(event: RawBuilder<unknown>, column = 'history'): RawBuilder<HistoryEvent[]> {
  const history = sql.ref(column)
  return sql`case when jsonb_array_length(${history}) < ${sql.lit(MAX_EVENTS)}
    then ${history} || jsonb_build_array(${event} || jsonb_build_object('at', clock_timestamp()))
    else ${history} end`
}
