import type { ListInput, Status, Summary } from '@registration/shared/operator'
import { type Kysely, sql } from 'kysely'
import { foldEmail } from '../../registration/fold-email.ts'
import type { Database } from '../database.ts'
import { highestIdAt, lowestIdAt } from './id-bounds.ts'
import { summaryColumns, summaryOf } from './summary-of.ts'

const USUAL_LIMIT = 50

/**
 * One page, newest first. The page after it begins below the last id, so that it costs as much as the first, and
 * nothing is skipped or shown twice when new ones come meanwhile. Statuses are written into the statement: PostgreSQL
 * takes an index for some of them only where it sees which.
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
  if (status !== undefined && status.length > 0) query = query.where('status', 'in', literally(status))
  if (code !== undefined) query = query.where(sql<boolean>`rejection_code = ${code}`)
  if (email !== undefined) query = query.where('email_folded', '=', foldEmail(email))
  if (tag !== undefined) query = query.where(sql<boolean>`traffic_params ->> 'tag' = ${tag}`)
  if (clickId !== undefined) query = query.where(sql<boolean>`traffic_params ->> 'click_id' = ${clickId}`)
  if (from !== undefined)
    query = query.where('created_at', '>=', new Date(from)).where('id', '>', lowestIdAt(new Date(from)))
  if (to !== undefined) query = query.where('created_at', '<', new Date(to)).where('id', '<', highestIdAt(new Date(to)))
  const rows = await query.execute()
  const page = rows.slice(0, limit)
  return { items: page.map(summaryOf), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null }
}

function literally(statuses: readonly Status[]) {
  return sql<Status>`(${sql.join(statuses.map((status) => sql.lit(status)))})`
}
