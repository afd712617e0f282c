import type { RegistrationResponse } from '@registration/shared'
import { ApiError, invalidField } from './api-error.ts'
import { withinDeadline } from './clock.ts'
import type { RegistrationPorts } from './ports.ts'
import { isFinal, type Registration } from './registration.ts'
import { pendingResponse, responseFor } from './registration-response.ts'
import { DatabaseUnavailable } from './store-errors.ts'

const RETRY_AFTER_MS = 1_000

/**
 * Waits for the outcome of the registration that a key began, or replays it. Never calls the partner and writes
 * nothing.
 *
 * @throws ApiError with one of the contract's codes; `INVALID_INPUT` when no registration has this key
 */
export async function registrationStatus(
  ports: Pick<RegistrationPorts, 'store' | 'changes' | 'clock' | 'policy'>,
  idempotencyKeyHash: Buffer,
): Promise<RegistrationResponse> {
  const { clock, policy } = ports
  const deadline = clock.now() + policy.requestDeadlineMs
  const run: StatusRun = {}
  const work = respond(ports, idempotencyKeyHash, deadline, run)
  // A database that hangs must not keep the caller waiting.
  return withinDeadline(clock, policy.requestDeadlineMs, work, () => {
    if (run.registrationId) return pendingResponse(run.registrationId, RETRY_AFTER_MS)
    throw new ApiError('DATABASE_UNAVAILABLE', { retryAfterMs: RETRY_AFTER_MS })
  })
}

/** One call under way. */
interface StatusRun {
  /** Once it is found. */
  registrationId?: string
}

async function respond(
  ports: Pick<RegistrationPorts, 'store' | 'changes' | 'clock'>,
  idempotencyKeyHash: Buffer,
  deadline: number,
  run: StatusRun,
): Promise<RegistrationResponse> {
  try {
    const known = await ports.store.findByKey(idempotencyKeyHash)
    if (!known) throw invalidField('idempotencyKey', 'no registration was begun with it')
    run.registrationId = known.id
    return responseFor(await awaitOutcome(ports, known, deadline), isFinal(known.status))
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error
    throw new ApiError('DATABASE_UNAVAILABLE', { retryAfterMs: RETRY_AFTER_MS, cause: error })
  }
}

async function awaitOutcome(
  { store, changes, clock }: Pick<RegistrationPorts, 'store' | 'changes' | 'clock'>,
  known: Registration,
  deadline: number,
): Promise<Registration> {
  let seen = known
  while (!isFinal(seen.status) && seen.status !== 'stuck') {
    const ms = deadline - clock.now()
    // If the next call is due after the deadline, waiting is useless, unless a call is under way.
    if (ms <= 0 || (!seen.asking && seen.nextAttemptInMs >= ms)) break
    seen = (await changes.waitFor(seen, ms)) ?? (await store.get(seen.id))
  }
  return seen
}
