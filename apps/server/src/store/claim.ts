import { type QueryCreator, sql } from 'kysely'
import type { Registration } from '../registration/registration.ts'
import type { Claim } from '../registration/registration-store.ts'
import type { Closure } from '../registration/settlement.ts'
import type { Database } from './database.ts'
import { get } from './find.ts'
import { findClaim, recordClaim, recordClosing } from './registration-calls.ts'
import { SNAPSHOT_COLUMNS } from './registration-fields.ts'
import { registrationOf, snapshotDurations } from './snapshot.ts'
import type { StoreContext } from './store-context.ts'
import { withEvents } from './with-events.ts'

/** An instant `ms` from now by the database's clock, not by the transaction's, which stands still. */
export const fromNow = (ms: number) => sql<Date>`clock_timestamp() + ${ms}::float8 * interval '1 millisecond'`

/**
 * Claims the next call. Of two claimants that read the same `attempts`, the row lock lets one through, and the other finds the
 * row changed. A row whose lease ran out without a result becomes `uncertain` by the claim itself.
 *
 * @param claimId of the claim. Repeating it with the same id, after the answer was lost, returns the same claim
 */
export async function claim(context: StoreContext, seen: Registration, claimId: string): Promise<Claim | undefined> {
  const { db, leaseMs, actor } = context
  const update = (part: QueryCreator<Database>) =>
    part
      .updateTable('registrations')
      .set((row) => ({
        status: row
          .case()
          .when('asking', '=', true)
          .then('uncertain' as const)
          .else(row.ref('status'))
          .end(),
        // If the clock was set back since, probing would go on until it has caught up.
        uncertain_since: row
          .case()
          .when('asking', '=', true)
          .then(sql<Date>`least(coalesce(uncertain_since, clock_timestamp()), clock_timestamp())`)
          .else(
            sql<Date>`case when uncertain_since > clock_timestamp() then clock_timestamp() else uncertain_since end`,
          )
          .end(),
        attempts: row('attempts', '+', 1),
        asking: true,
        lease_until: fromNow(leaseMs),
        next_attempt_at: fromNow(leaseMs),
        updated_at: sql<Date>`now()`,
      }))
      .where('id', '=', seen.id)
      .where('attempts', '=', seen.attempts)
      .where('status', 'in', ['pending', 'uncertain'])
      .where((row) => row.or([row('lease_until', 'is', null), row('lease_until', '<=', sql<Date>`clock_timestamp()`)]))
      .returning(SNAPSHOT_COLUMNS)
      .returning(snapshotDurations)
      .returning(({ selectFrom }) =>
        // Of the row as it was before.
        selectFrom('registrations as before')
          .select(
            sql<number | null>`case when before.lease_until is not null
            then (extract(epoch from clock_timestamp()) * 1000)::float8 end`.as('at'),
          )
          .whereRef('before.id', '=', 'registrations.id')
          .as('took_over_at'),
      )
  const row = await db
    .with('moved', update)
    .with('noted', (part) => recordClaim(part as QueryCreator<Database>, actor(), claimId))
    .selectFrom('moved')
    .selectAll()
    .executeTakeFirst()
  if (row)
    return {
      ...claimOf(registrationOf(row, context)),
      ...(row.took_over_at === null ? {} : { tookOverAt: row.took_over_at }),
    }
  // It may have taken over from a lease that had ended, which the row doesn't tell any more.
  const tookOverAt = await findClaim(db, seen.id, seen.attempts + 1, claimId)
  return tookOverAt === undefined ? undefined : { ...claimOf(await get(db, context, seen.id)), tookOverAt }
}

function claimOf(registration: Registration): Claim {
  const { id, attempts: attempt, status } = registration
  return { id, attempt, probing: status === 'uncertain', registration }
}

/** @returns undefined when the registration has changed since it was seen */
export async function closeRegistration(
  context: StoreContext,
  seen: Registration,
  closure: Closure,
): Promise<Registration | undefined> {
  const { db, endpoints, actor } = context
  const update = db
    .updateTable('registrations')
    .set({
      status: closure.to,
      asking: false,
      next_attempt_at: null,
      updated_at: sql<Date>`now()`,
      ...(closure.to === 'stuck' ? { stuck_reason: closure.reason } : { settled_at: sql<Date>`now()` }),
    })
    .where('id', '=', seen.id)
    .where('attempts', '=', seen.attempts)
    .where('asking', '=', seen.asking)
    .where('status', '=', seen.status)
    .returning(SNAPSHOT_COLUMNS)
    .returning('link_recovered_at')
    .returning(snapshotDurations)
  const statement = withEvents(db, endpoints, update, (part) => recordClosing(part, actor()))
  const [row] = (await db.executeQuery(statement.compile())).rows
  return row && registrationOf(row, context)
}
