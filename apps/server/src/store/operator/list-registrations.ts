import type { ListInput, Status, Summary } from '@registration/shared/operator'
import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely'
import { foldEmail } from '../../registration/registration.ts'
import type { Database } from '../database.ts'
import { highestIdAt, lowestIdAt } from '../id-bounds.ts'
import type { RegistrationsTable } from '../registration-fields.ts'

const USUAL_LIMIT = 50

/**
 * One page, newest first. The page after it begins below the last id, so that it costs as much as the first, and
 * nothing is skipped or shown twice when new ones come meanwhile.
 */
export async function listRegistrations(
  db: Kysely<Database>,
  { status, code, email, tag, clickId, from, to, cursor, limit = USUAL_LIMIT }: ListInput,
): Promise<{ items: Summary[]; nextCursor: string | null }> {
  let query = db
    .selectFrom('registrations')
    .select(summaryColumns)
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) query = query.where('id', '<', cursor)
  if (status !== undefined && status.length > 0) query = query.where(oneOf(status))
  if (code !== undefined) query = query.where(sql<boolean>`rejection_code = ${code}`)
  if (email !== undefined) query = query.where('email_folded', '=', foldEmail(email))
  if (tag !== undefined) query = query.where(sql<boolean>`traffic_params ->> 'tag' = ${tag}`)
  if (clickId !== undefined) query = query.where(sql<boolean>`traffic_params ->> 'click_id' = ${clickId}`)
  // Found by the ids, a page at a time.
  if (from !== undefined)
    query = query.where('id', '>', lowestIdAt(new Date(from))).where(sql<boolean>`created_at >= ${from}`)
  if (to !== undefined)
    query = query.where('id', '<', highestIdAt(new Date(to))).where(sql<boolean>`created_at < ${to}`)
  const rows = await query.execute()
  const page = rows.slice(0, limit)
  return { items: page.map(summaryOf), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null }
}

/** Statuses of which a few among millions are found by an index that holds them alone. */
const INDEXED: readonly { statuses: readonly Status[]; by: RawBuilder<boolean> }[] = [
  { statuses: ['pending', 'uncertain', 'stuck'], by: sql`true` },
  { statuses: ['succeeded_without_link', 'released'], by: sql`true` },
  { statuses: ['rejected'], by: sql`rejection_code is not null` },
  { statuses: ['succeeded'], by: sql`true` },
]

/** By the indexes that they have, one by one; PostgreSQL takes those only where it sees which statuses are meant. */
function oneOf(wanted: readonly Status[]): RawBuilder<boolean> {
  const parts = INDEXED.flatMap(({ statuses, by }) => {
    const these = statuses.filter((status) => wanted.includes(status))
    return these.length === 0
      ? []
      : [sql<boolean>`(status in (${sql.join(these.map((status) => sql.lit(status)))}) and ${by})`]
  })
  return sql`(${sql.join(parts, sql` or `)})`
}

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
