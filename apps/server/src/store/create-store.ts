import type { Kysely, Transaction } from 'kysely'
import type { Registration } from '../registration/registration.ts'
import { isFinal } from '../registration/registration.ts'
import type { ClaimedCall, RegistrationStore } from '../registration/registration-store.ts'
import type { Settlement } from '../registration/settlement.ts'
import { begin } from './begin.ts'
import { claim } from './claim.ts'
import { conclude } from './conclude.ts'
import type { Database } from './database.ts'
import { asDatabaseUnavailable } from './database-errors.ts'
import { countStuck, findDue } from './due.ts'
import { findByKey, findLatestByEmail, get, showsEarlierAccount } from './find.ts'
import { settle } from './settle.ts'
import type { Reader } from './snapshot.ts'

/** Runs in the transaction that settles a registration: what it writes is committed with it, or neither is. */
export type OnSettled = (trx: Transaction<never>, registration: Registration) => Promise<void>

export interface StoreOptions extends Reader {
  db: Kysely<Database>
  /** The schema that holds the tables. */
  schema: string
  leaseMs: number
  onSettled?: OnSettled | undefined
}

/** What recovery finds due, by the database's clock. */
export interface DueRegistration {
  id: string
  dueInMs: number
}

/** Registrations in PostgreSQL. */
export interface Store extends RegistrationStore {
  settle(call: ClaimedCall, settlement: Settlement): Promise<Registration>
  /** Unfinished registrations that are due within `withinMs`, the most overdue first. */
  findDue(withinMs: number, limit: number): Promise<DueRegistration[]>
  countStuck(): Promise<number>
}

export function createStore({ db, schema, leaseMs, onSettled, ...reader }: StoreOptions): Store {
  const own = db.withSchema(schema)

  const settling = async (write: (db: Kysely<Database>) => Promise<Registration | undefined>) => {
    if (!onSettled) return write(own)
    return db.transaction().execute(async (trx) => {
      const registration = await write(trx.withSchema(schema))
      // The host's transaction knows nothing of our tables, so that its queries find their own.
      if (registration && isFinal(registration.status))
        await onSettled(trx as unknown as Transaction<never>, registration)
      return registration
    })
  }

  return {
    begin: (intent) => guarded(() => begin(own, reader, leaseMs, intent)),
    claim: (seen) => guarded(() => claim(own, reader, leaseMs, seen)),
    settle: (call, settlement) =>
      guarded(async () => {
        const settled = await settling((db) => settle(db, reader, call, settlement))
        return settled ?? get(own, reader, call.id)
      }),
    conclude: (seen, conclusion) =>
      guarded(async () => {
        const concluded = await settling((db) => conclude(db, reader, seen, conclusion))
        return concluded ?? get(own, reader, seen.id)
      }),
    findByKey: (hash) => guarded(() => findByKey(own, reader, hash)),
    findLatestByEmail: (email) => guarded(() => findLatestByEmail(own, reader, email)),
    findDue: (withinMs, limit) => guarded(() => findDue(own, withinMs, limit)),
    countStuck: () => guarded(() => countStuck(own)),
    get: (id) => guarded(() => get(own, reader, id)),
    showsEarlierAccount: (registration) => guarded(() => showsEarlierAccount(own, registration)),
  }
}

async function guarded<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query()
  } catch (error) {
    throw asDatabaseUnavailable(error) ?? error
  }
}
