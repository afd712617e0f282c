import type { EventListInput, EventSummary } from '@registration/shared/operator'
import type { Kysely, Selectable } from 'kysely'
import type { Database, RegistrationEventsTable } from '../database.ts'
import { pageOfEvents } from './page-of-events.ts'

const USUAL_LIMIT = 50

/** One page of events as operators see them. */
export async function listEvents(
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
