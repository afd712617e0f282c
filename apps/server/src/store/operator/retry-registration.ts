import { type Kysely, type QueryCreator, sql } from 'kysely'
import { type Act, OperatorError } from '../../operators/operator-store.ts'
import type { Database } from '../database.ts'
import { getDetails } from './get-details.ts'
import { recordAct } from './note-act.ts'

/**
 * Makes a registration due now, or at the end of a running lease. A stuck one becomes uncertain again and is probed for the whole of
 * `PROBE_FOR`. It is one statement, so a result that is written at the same moment comes before or after it.
 *
 * @throws OperatorError when there is nothing to try
 */
export async function retryRegistration(db: Kysely<Database>, act: Act, mayProbe: boolean): Promise<void> {
  if (!mayProbe) {
    const why =
      'At this partner a second call can make a second account (PARTNER_UNIQUE_BY_EMAIL=false), and it has no look-up'
    throw new OperatorError('conflict', `${why}: ask it for the account, and resolve the registration.`)
  }
  const update = (part: QueryCreator<Database>) =>
    part
      .updateTable('registrations')
      .set({
        status: sql`case when status = 'stuck' then 'uncertain' else status end`,
        stuck_reason: null,
        uncertain_since: sql<Date>`case when status = 'stuck' then clock_timestamp() else uncertain_since end`,
        next_attempt_at: sql<Date>`greatest(clock_timestamp(), lease_until)`,
        updated_at: sql<Date>`now()`,
      })
      .where('id', '=', act.id)
      .where('status', 'in', ['pending', 'uncertain', 'stuck'])
      .returning(['id', 'status'])
  const retried = await db
    .with('moved', update)
    .with('noted', (part) => recordAct(part as QueryCreator<Database>, 'retry', act))
    .selectFrom('moved')
    .select('id')
    .executeTakeFirst()
  if (retried) return
  const { status } = await getDetails(db, act.id)
  throw new OperatorError('conflict', `This registration is ${status}: there is nothing left to try.`)
}
