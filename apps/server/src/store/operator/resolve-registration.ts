import type { Found } from '@registration/shared/operator'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
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
 * Writes what an operator found at the partner. A lost link may be supplied for an account without one.
 *
 * @throws OperatorError if the registration's state doesn't allow it
 */
export async function resolveRegistration(
  db: Kysely<Database>,
  endpoints: readonly string[],
  act: Act,
  found: Found,
): Promise<void> {
  const isWithoutLink = sql<boolean>`status = 'succeeded_without_link' and ${found.outcome === 'account_with_link'}`
  const rows = sql<boolean>`id = ${act.id}::uuid and ((status in ('uncertain', 'stuck') and ${NO_CALL}) or (${isWithoutLink}))`
  if ((await writeFinding(db, endpoints, act, found, [act.id], rows)) > 0) return
  const { status: now } = await getDetails(db, act.id)
  throw new OperatorError('conflict', whyNot(now))
}

function whyNot(status: RegistrationStatus): string {
  return status === 'uncertain' || status === 'pending' || status === 'stuck'
    ? 'A call to the partner may be in progress. Try again after its lease has ended.'
    : `This registration is ${status} now. Look at it again before you decide.`
}

/**
 * Writes one finding for those of the registrations that are stuck with this sentence of the partner. Locked ones, and those with a
 * call that may be in progress, are left as they are.
 *
 * @returns how many were resolved
 */
export function resolveStuck(
  db: Kysely<Database>,
  endpoints: readonly string[],
  act: Omit<Act, 'id'>,
  { ids, sentence, found }: { ids: readonly string[]; sentence: string; found: Found },
): Promise<number> {
  const free = sql`select id from registrations where id = any(${ids}::uuid[]) order by id for no key update skip locked`
  const rows = sql<boolean>`id in (${free}) and status = 'stuck' and partner_message = ${sentence} and ${NO_CALL}`
  return writeFinding(db, endpoints, act, found, ids, rows)
}

const NO_CALL = sql<boolean>`(lease_until is null or lease_until <= clock_timestamp())`

/**
 * Updates the rows, records the act and creates the events in one statement. It holds only while no call can be in progress: a call
 * that is claimed later finds the registration finished, and a link that turns up late still wins.
 */
async function writeFinding(
  db: Kysely<Database>,
  endpoints: readonly string[],
  act: Omit<Act, 'id'>,
  found: Found,
  ids: readonly string[],
  rows: RawBuilder<boolean>,
): Promise<number> {
  const status = BECOMES[found.outcome]
  const link = found.outcome === 'account_with_link' ? found.depositUrl : null
  const answer = link === null ? { success: true } : { success: true, domain: new URL(link).host }
  const update = db
    .updateTable('registrations')
    .set({
      status,
      asking: false,
      // A call in progress keeps its lease.
      lease_until: sql<Date>`case when lease_until > clock_timestamp() then lease_until end`,
      // A later unknown outcome counts its time from the beginning.
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
    .where('erased_at', 'is', null)
    .where(rows)
    .returning(movedColumns)
  const eventIds = ids.map(() => uuidv7())
  const eventId = sql`(${eventIds}::uuid[])[array_position(${ids}::uuid[], moved.id)]`
  const resolving = withEvents(db, endpoints, update, (part) => recordAct(part, 'resolve', act), eventId)
  return (await db.executeQuery(resolving.compile())).rows.length
}
