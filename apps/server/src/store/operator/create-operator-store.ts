import type { Kysely } from 'kysely'
import { OperatorError, type OperatorStore } from '../../operators/operator-store.ts'
import type { Database } from '../database.ts'
import { erasePerson } from '../erase-person.ts'
import { type SecretBox, SecretUnreadable } from '../secret-box.ts'
import { createTombstones } from '../tombstones.ts'
import { getDetails } from './get-details.ts'
import { listRegistrations } from './list-registrations.ts'
import { createOperatorEvents } from './operator-events.ts'
import { registrationStats } from './registration-stats.ts'
import { resolveRegistration } from './resolve-registration.ts'
import { retryRegistration } from './retry-registration.ts'
import { revealSecrets } from './reveal-secrets.ts'
import { resolveSentence, stuckSentences } from './stuck-sentences.ts'

export interface OperatorStoreOptions {
  /** In the schema that holds the tables. */
  db: Kysely<Database>
  box: SecretBox
  /** How long a call may be under way. */
  leaseMs: number
  /** Whether an unknown outcome can be resolved without an operator. */
  mayProbe: boolean
  /** The names of the webhook endpoints. */
  endpoints: readonly string[]
  /** Whether a visitor may be sent to this link. */
  isLinkAllowed(link: string): boolean
}

/** Operators' view of PostgreSQL. */
export function createOperatorStore({
  db,
  box,
  leaseMs,
  mayProbe,
  endpoints,
  isLinkAllowed,
}: OperatorStoreOptions): OperatorStore {
  return {
    list: (wanted) => listRegistrations(db, wanted),
    get: (id) => getDetails(db, id),
    async retry(act) {
      await retryRegistration(db, act, mayProbe)
      return getDetails(db, act.id)
    },
    async resolve(act, found) {
      if (found.outcome === 'account_with_link' && !isLinkAllowed(found.depositUrl)) {
        const rule = 'it must be https, without a user in it, on a host that REDIRECT_HOSTS allows'
        throw new OperatorError('invalid', `No visitor may be sent to this link: ${rule}.`)
      }
      await resolveRegistration(db, endpoints, act, found)
      return getDetails(db, act.id)
    },
    stuckSentences: () => stuckSentences(db),
    resolveSentence: (wanted, act) => resolveSentence(db, endpoints, wanted, act),
    async erase({ id, by, reason }) {
      const { email, erasedAt } = await getDetails(db, id)
      if (erasedAt !== null) throw new OperatorError('conflict', `The person was erased on ${erasedAt}.`)
      const tombstoneOf = await createTombstones(db, box).catch((error: unknown) => {
        if (!(error instanceof SecretUnreadable)) throw error
        throw new OperatorError('conflict', `The key of tombstones can't be opened: ${error.message}`)
      })
      await erasePerson(db, tombstoneOf, { email, reason, requestedBy: by }, leaseMs)
      return getDetails(db, id)
    },
    events: createOperatorEvents(db, endpoints),
    reveal: (act) => revealSecrets(db, box, act),
    stats: ({ from, to }) =>
      registrationStats(db, {
        fromMs: Date.parse(from),
        // In the future there is nothing, and a chart of it only emptiness.
        toMs: Math.max(
          Math.min(to === undefined ? Number.POSITIVE_INFINITY : Date.parse(to), Date.now()),
          Date.parse(from) + 1,
        ),
      }),
  }
}
