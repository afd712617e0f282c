import { type Kysely, sql } from 'kysely'
import type { Doer } from '../registration/history-event.ts'
import type { Registration } from '../registration/registration.ts'
import type { Conclusion } from '../registration/settlement.ts'
import type { Database } from './database.ts'
import { noteClosing } from './registration-calls.ts'
import { type Reader, registrationOf, snapshotColumns, snapshotDurations } from './snapshot.ts'
import { withEvents } from './with-events.ts'

/** Undefined when somebody has moved the registration on since it was seen. */
export async function conclude(
  db: Kysely<Database>,
  reader: Reader,
  endpoints: readonly string[],
  doer: Doer,
  seen: Registration,
  conclusion: Conclusion,
): Promise<Registration | undefined> {
  const update = db
    .updateTable('registrations')
    .set({
      status: conclusion.to,
      asking: false,
      next_attempt_at: null,
      updated_at: sql<Date>`now()`,
      ...(conclusion.to === 'stuck' ? { stuck_reason: conclusion.reason } : { settled_at: sql<Date>`now()` }),
    })
    .where('id', '=', seen.id)
    .where('attempts', '=', seen.attempts)
    .where('asking', '=', seen.asking)
    .where('status', '=', seen.status)
    .returning(snapshotColumns)
    .returning('link_recovered_at')
    .returning(snapshotDurations)
  const statement = withEvents(db, endpoints, update, (part) => noteClosing(part, doer))
  const [row] = (await db.executeQuery(statement.compile())).rows
  return row && registrationOf(row, reader)
}
