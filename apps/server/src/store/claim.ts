import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Doer, HistoryEvent } from '../registration/history-event.ts'
import type { Registration } from '../registration/registration.ts'
import type { Claim } from '../registration/registration-store.ts'
import { appendEvent } from './append-event.ts'
import type { Database } from './database.ts'
import { type Reader, registrationOf, snapshotColumns, snapshotDurations } from './snapshot.ts'

/** An instant `ms` from now by the database's clock, not by the transaction's, which stands still. */
export const fromNow = (ms: number) => sql<Date>`clock_timestamp() + ${ms}::float8 * interval '1 millisecond'`

/** The history with one claim more, which is about to raise `attempts`. */
export function appendClaim(doer: Doer, isProbe: RawBuilder<unknown>): RawBuilder<HistoryEvent[]> {
  return appendEvent(
    sql`jsonb_build_object('did', 'claim', 'attempt', attempts + 1, 'probe', ${isProbe}) || ${JSON.stringify(doer)}::jsonb`,
  )
}

/**
 * Two claimants read the same `attempts`; the row lock lets one through, and the other then finds it changed. A row
 * whose lease ran out with a claim nobody settled becomes `uncertain` by the claim itself.
 */
export async function claim(
  db: Kysely<Database>,
  reader: Reader,
  leaseMs: number,
  doer: Doer,
  seen: Registration,
): Promise<Claim | undefined> {
  const row = await db
    .updateTable('registrations')
    .set((row) => ({
      status: row
        .case()
        .when('asking', '=', true)
        .then('uncertain' as const)
        .else(row.ref('status'))
        .end(),
      uncertain_since: row
        .case()
        .when('asking', '=', true)
        .then(row.fn.coalesce('uncertain_since', sql<Date>`clock_timestamp()`))
        .else(row.ref('uncertain_since'))
        .end(),
      attempts: row('attempts', '+', 1),
      asking: true,
      lease_until: fromNow(leaseMs),
      next_attempt_at: fromNow(leaseMs),
      updated_at: sql<Date>`now()`,
      history: appendClaim(doer, sql`asking or status = 'uncertain'`),
    }))
    .where('id', '=', seen.id)
    .where('attempts', '=', seen.attempts)
    .where('status', 'in', ['pending', 'uncertain'])
    .where((row) => row.or([row('lease_until', 'is', null), row('lease_until', '<=', sql<Date>`clock_timestamp()`)]))
    .returning(snapshotColumns)
    .returning(snapshotDurations)
    .executeTakeFirst()
  if (!row) return undefined
  const registration = registrationOf(row, reader)
  const { id, attempts: attempt, status } = registration
  return { id, attempt, probing: status === 'uncertain', registration }
}
