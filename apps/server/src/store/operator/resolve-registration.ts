import type { Found } from '@registration/shared/operator'
import { type Kysely, sql } from 'kysely'
import { type Act, OperatorError } from '../../operators/operator-store.ts'
import type { RegistrationStatus } from '../../registration/registration.ts'
import type { Database } from '../database.ts'
import { linkRecoveredAt, movedColumns, withEvents } from '../with-events.ts'
import { getDetails } from './get-details.ts'
import { recordAct } from './note-act.ts'

const BECOMES = {
  account_with_link: 'succeeded',
  account_without_link: 'succeeded_without_link',
  absent: 'released',
} as const satisfies Record<Found['outcome'], RegistrationStatus>

/**
 * Writes what an operator found at the partner, in one statement that holds only while no call can be under way: a call
 * that is claimed later finds the registration finished, and a link that turns up late still wins. A lost link may be
 * supplied later, too.
 *
 * @throws OperatorError where the registration isn't as the operator saw it
 */
export async function resolveRegistration(
  db: Kysely<Database>,
  endpoints: readonly string[],
  act: Act,
  found: Found,
): Promise<void> {
  const status = BECOMES[found.outcome]
  const link = found.outcome === 'account_with_link' ? found.depositUrl : null
  const answer = link === null ? { success: true } : { success: true, domain: new URL(link).host }
  const update = db
    .updateTable('registrations')
    .set({
      status,
      asking: false,
      // A call that is under way goes on.
      lease_until: sql<Date>`case when lease_until > clock_timestamp() then lease_until end`,
      // The operator's finding ends the doubt. A later unknown outcome counts its time from the beginning.
      uncertain_since: null,
      next_attempt_at: null,
      stuck_reason: null,
      settled_at: sql<Date>`now()`,
      updated_at: sql<Date>`now()`,
      link_recovered_at: linkRecoveredAt(sql`${status}::text`),
      ...(found.outcome === 'absent'
        ? {}
        : {
            deposit_url: link,
            partner_answer: sql<string>`coalesce(partner_answer, ${JSON.stringify(answer)}::jsonb)`,
            partner_domain: sql<string>`coalesce(partner_domain, ${link === null ? null : new URL(link).host}::text)`,
          }),
    })
    .where('id', '=', act.id)
    .where('erased_at', 'is', null)
    .where(({ or, and, eb }) =>
      or([
        and([
          eb('status', 'in', ['uncertain', 'stuck']),
          or([eb('lease_until', 'is', null), eb('lease_until', '<=', sql<Date>`clock_timestamp()`)]),
        ]),
        // Only a link has anything to add here.
        and([eb('status', '=', 'succeeded_without_link'), sql<boolean>`${link !== null}`]),
      ]),
    )
    .returning(movedColumns)
  const { rows } = await db.executeQuery(
    withEvents(db, endpoints, update, (part) => recordAct(part, 'resolve', act)).compile(),
  )
  if (rows.length > 0) return
  const { status: now } = await getDetails(db, act.id)
  throw new OperatorError('conflict', whyNot(now))
}

function whyNot(status: RegistrationStatus): string {
  return status === 'uncertain' || status === 'pending' || status === 'stuck'
    ? 'A call to the partner may be under way: look again once its lease has ended.'
    : `This registration is ${status} by now: look at it again before you decide.`
}
