import { type AliasedExpression, type Kysely, sql } from 'kysely'
import type { RegistrationStatus } from '../registration/registration.ts'
import type { Database } from './database.ts'

interface UnfinishedRow {
  id: string
  status: RegistrationStatus
  created_at: Date
}

/**
 * What has no outcome, by small indexes: at most 10,000 rows that somebody is at work on, those that are due first, and at
 * most as many that wait for a person, the oldest.
 */
export function unfinishedRows(db: Kysely<Database>): AliasedExpression<UnfinishedRow, 'unfinished'> {
  const moving = db
    .selectFrom('registrations')
    .select(['id', 'status', 'created_at'])
    .where('status', 'in', ['pending', 'uncertain'])
    .orderBy('next_attempt_at')
    .limit(MOST_COUNTED)
  return sql<UnfinishedRow>`((${moving}) union all (${stuckRows(db)}))`.as('unfinished')
}

/** Of them, those that wait for a person. */
export function stuckRows(db: Kysely<Database>) {
  return db
    .selectFrom('registrations')
    .select(['id', 'status', 'created_at'])
    .where('status', '=', 'stuck')
    .orderBy('id')
    .limit(MOST_COUNTED)
}

/** As far as anything open is counted: more says nothing else, and takes longer than who looks at figures should cost. */
export const MOST_COUNTED = 10_000
