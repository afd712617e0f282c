import type { RegistrationAnswer } from '@registration/shared'
import { answerFor, pendingAnswer } from './answer.ts'
import { DatabaseUnavailable } from './database-unavailable.ts'
import type { RegistrationPorts } from './ports.ts'
import { Refusal } from './refusal.ts'
import { isFinal, type Registration } from './registration.ts'
import { withinDeadline } from './within-deadline.ts'

const LOOK_AGAIN_MS = 1_000

/**
 * Waits for the outcome of the registration that a key began, or replays it. Never calls the partner and writes
 * nothing.
 *
 * @throws Refusal with one of the contract's codes; `INVALID_INPUT` when no registration has this key
 */
export async function registrationStatus(
  ports: Pick<RegistrationPorts, 'store' | 'watch' | 'clock' | 'policy'>,
  idempotencyKeyHash: Buffer,
): Promise<RegistrationAnswer> {
  const { clock, policy } = ports
  const deadline = clock.now() + policy.requestDeadlineMs
  const inquiry: Inquiry = {}
  const work = answerAtTheEnd(ports, idempotencyKeyHash, deadline, inquiry)
  // A database that has hung cannot keep its caller.
  return withinDeadline(clock, policy.requestDeadlineMs, work, () => {
    if (inquiry.registrationId) return pendingAnswer(inquiry.registrationId, LOOK_AGAIN_MS)
    throw new Refusal('DATABASE_UNAVAILABLE', { retryAfterMs: LOOK_AGAIN_MS })
  })
}

/** One call under way. */
interface Inquiry {
  /** Once it is found. */
  registrationId?: string
}

async function answerAtTheEnd(
  ports: Pick<RegistrationPorts, 'store' | 'watch' | 'clock'>,
  idempotencyKeyHash: Buffer,
  deadline: number,
  inquiry: Inquiry,
): Promise<RegistrationAnswer> {
  try {
    const known = await ports.store.findByKey(idempotencyKeyHash)
    if (!known) throw new Refusal('INVALID_INPUT', { sentence: 'idempotencyKey: no registration was begun with it' })
    inquiry.registrationId = known.id
    return answerFor(await awaitOutcome(ports, known, deadline), isFinal(known.status))
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error
    throw new Refusal('DATABASE_UNAVAILABLE', { retryAfterMs: LOOK_AGAIN_MS, cause: error })
  }
}

async function awaitOutcome(
  { store, watch, clock }: Pick<RegistrationPorts, 'store' | 'watch' | 'clock'>,
  known: Registration,
  deadline: number,
): Promise<Registration> {
  let seen = known
  while (!isFinal(seen.status) && seen.status !== 'stuck') {
    const ms = deadline - clock.now()
    // What is due only after the deadline is not worth waiting for, unless a call is under way.
    if (ms <= 0 || (!seen.asking && seen.nextAttemptInMs >= ms)) break
    seen = (await watch.change(seen, ms)) ?? (await store.get(seen.id))
  }
  return seen
}
