import type { OperatorAction } from '@registration/shared/operator'
import { type RawBuilder, sql } from 'kysely'
import type { HistoryEvent } from '../../registration/history-event.ts'
import type { Act } from '../../registration/operator-store.ts'
import { appendEvent } from '../append-event.ts'

/**
 * The history with an operator's act more.
 *
 * @param status an SQL expression of what the registration is by it
 * @param more an SQL expression of type jsonb: what else is to be known of it
 */
export function appendAct(
  action: OperatorAction,
  { by, reason }: Pick<Act, 'by' | 'reason'>,
  status: RawBuilder<unknown>,
  more: RawBuilder<unknown> = sql`'{}'::jsonb`,
): RawBuilder<HistoryEvent[]> {
  return appendEvent(
    sql`jsonb_build_object('did', 'act', 'action', ${action}::text, 'by', ${by}::text, 'reason', ${reason}::text,
      'status', ${status}) || ${more}`,
  )
}
