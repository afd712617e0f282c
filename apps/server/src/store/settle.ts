import { type Kysely, sql, type UpdateObject } from 'kysely'
import type { Registration } from '../registration/registration.ts'
import type { ClaimedCall } from '../registration/registration-store.ts'
import type { Settlement } from '../registration/settlement.ts'
import { fromNow } from './claim.ts'
import type { Database } from './database.ts'
import { sealAnswer } from './partner-secrets.ts'
import { type Reader, registrationOf, snapshotColumns, snapshotDurations } from './snapshot.ts'

type Changes = UpdateObject<Database, 'registrations'>

/**
 * Who may write: the holder of the newest claim, while the registration is unfinished. A success with a link
 * overwrites anything but a success, whoever's attempt it was, since a link is never thrown away. Undefined when the
 * write was not due.
 */
export async function settle(
  db: Kysely<Database>,
  reader: Reader,
  { id, attempt }: ClaimedCall,
  settlement: Settlement,
): Promise<Registration | undefined> {
  const row = await db
    .updateTable('registrations')
    .set({ asking: false, updated_at: sql<Date>`now()`, ...changes(reader, id, settlement) })
    .where('id', '=', id)
    .where((row) =>
      settlement.to === 'succeeded'
        ? row('status', '<>', 'succeeded')
        : row.and([row('attempts', '=', attempt), row('status', 'in', ['pending', 'uncertain'])]),
    )
    .returning(snapshotColumns)
    .returning(snapshotDurations)
    .executeTakeFirst()
  return row && registrationOf(row, reader)
}

const FINISHED: Changes = {
  lease_until: null,
  next_attempt_at: null,
  settled_at: sql<Date>`now()`,
  rejection_code: null,
  partner_message: null,
  stuck_reason: null,
}

function changes(reader: Reader, id: string, settlement: Settlement): Changes {
  switch (settlement.to) {
    case 'succeeded': {
      const { answer, depositUrl } = settlement
      // A link that logs somebody in is a secret, and lies encrypted with the others.
      const deposit_url = depositUrl === answer.autologin ? null : depositUrl
      return { ...FINISHED, status: 'succeeded', deposit_url, ...account(reader, id, settlement) }
    }
    case 'succeeded_without_link':
      return { ...FINISHED, status: 'succeeded_without_link', ...account(reader, id, settlement) }
    case 'rejected': {
      const { code, message } = settlement
      return { ...FINISHED, status: 'rejected', rejection_code: code, partner_message: message }
    }
    case 'unasked':
      return { lease_until: null, next_attempt_at: fromNow(settlement.nextAttemptInMs) }
    case 'uncertain': {
      const { leaseIsOver, nextAttemptInMs } = settlement
      const due = fromNow(nextAttemptInMs)
      return {
        status: 'uncertain',
        uncertain_since: sql<Date>`coalesce(uncertain_since, clock_timestamp())`,
        // The lease of a call that may still be under way runs on.
        ...(leaseIsOver
          ? { lease_until: null, next_attempt_at: due }
          : { next_attempt_at: sql<Date>`greatest(lease_until, ${due})` }),
      }
    }
    case 'stuck':
      return { status: 'stuck', stuck_reason: settlement.reason, next_attempt_at: null }
  }
}

function account(reader: Reader, id: string, { answer }: { answer: Registration['partnerAnswer'] }): Changes {
  if (!answer) return {}
  const { partner_answer, partner_secrets } = sealAnswer(reader.box, id, answer)
  return {
    partner_answer: JSON.stringify(partner_answer),
    partner_secrets,
    partner_domain: answer.domain ?? null,
    partner_login: answer.login === undefined ? null : String(answer.login),
  }
}
