import type { Summary } from '@registration/shared/operator'
import type { Selectable } from 'kysely'
import type { RegistrationsTable } from '../database.ts'

/** What a line of the list is made of. */
export const summaryColumns = [
  'id',
  'status',
  'email',
  'traffic_params',
  'rejection_code',
  'stuck_reason',
  'attempts',
  'created_at',
] as const satisfies (keyof RegistrationsTable)[]

export type SummaryRow = Pick<Selectable<RegistrationsTable>, (typeof summaryColumns)[number]>

export function summaryOf(row: SummaryRow): Summary {
  return {
    id: row.id,
    status: row.status,
    email: row.email,
    tag: row.traffic_params.tag ?? null,
    clickId: row.traffic_params.click_id ?? null,
    code: row.rejection_code,
    stuckReason: row.stuck_reason,
    attempts: row.attempts,
    createdAt: row.created_at.toISOString(),
  }
}
