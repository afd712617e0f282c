import type { Kysely } from 'kysely'
import type { Actor } from '../registration/registration-store.ts'
import type { Database } from './database.ts'
import type { RowMapper } from './snapshot.ts'

/** What every statement about registrations may need. */
export interface StoreContext extends RowMapper {
  /** Bound to the schema that holds the tables. */
  db: Kysely<Database>
  leaseMs: number
  /** The webhook endpoints that are notified of what happens. */
  endpoints: readonly string[]
  /** Who acts now, for the history. */
  actor(): Actor
}
