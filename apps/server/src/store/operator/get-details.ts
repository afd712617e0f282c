import type { Details } from '@registration/shared/operator'
import { type Kysely, type Selectable, sql } from 'kysely'
import { OperatorError } from '../../operators/operator-store.ts'
import type { HistoryEvent } from '../../registration/registration-store.ts'
import type { Database } from '../database.ts'
import { findHistory } from '../registration-calls.ts'
import { detailColumnsOf, type RegistrationsTable } from '../registration-fields.ts'
import { summaryOf } from './list-registrations.ts'
import { timeline } from './timeline.ts'

/** @throws OperatorError when there is none */
export async function getDetails(db: Kysely<Database>, id: string): Promise<Details> {
  const row = await db
    .selectFrom('registrations')
    .selectAll()
    // PostgreSQL's own form has a space for the T and no minutes in its zone.
    .select(sql<string>`to_json(created_at) #>> '{}'`.as('begun_at'))
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row)
    throw new OperatorError('not-found', `There is no registration ${id}: it was never begun, or reached its age.`)
  return detailsOf(row, await findHistory(db, id))
}

function detailsOf(row: Selectable<RegistrationsTable> & { begun_at: string }, history: HistoryEvent[]): Details {
  const { userAgent } = row.browser_data ?? {}
  return {
    ...summaryOf(row),
    ...detailColumnsOf(row),
    trafficParams: present(row.traffic_params),
    userAgent: typeof userAgent === 'string' ? userAgent : null,
    hasSecrets: row.partner_secrets !== null || row.deposit_url !== null,
    erasedAt: row.erased_at?.toISOString() ?? null,
    history: timeline({
      createdAt: row.begun_at,
      begunBy: row.begun_by,
      attempts: row.attempts,
      history,
    }),
  }
}

function present(fields: object): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value)) as Record<string, string>
}
