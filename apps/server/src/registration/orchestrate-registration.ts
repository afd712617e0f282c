import type { RegistrationResponse } from '@registration/shared'
import { advanceRegistration, type Caller } from './advance-registration.ts'
import { ApiError } from './api-error.ts'
import { askPartner, commitInSendWindow } from './ask-partner.ts'
import { withinDeadline } from './clock.ts'
import { CallNotAllowed } from './partner-gate.ts'
import type { RegistrationPorts } from './ports.ts'
import { foldEmail, type Intent, isFinal, type Registration } from './registration.ts'
import { pendingResponse, responseFor, retryAfterMs } from './registration-response.ts'
import { DatabaseUnavailable } from './store-errors.ts'

/** Whether the caller has proven that the e-mail is the visitor's. `unavailable`: the keys to check the proof can't be had now. */
export type Proof = 'valid' | 'invalid' | 'absent' | 'not-required' | 'unavailable'

/** The input of one `orchestrateRegistration` request: the validated intent, and what the caller could prove. */
export interface RegistrationCall {
  intent: Intent
  proof: Proof
  /** Whether an internal app calls, which limits its visitors itself. */
  isInternal: boolean
}

/** When a caller whose request continues in the background should ask again. */
const RETRY_AFTER_MS = 1_000
/** The list of keys is fetched again at the earliest ten seconds after a failure, so the wait is half of that on average. */
const KEYS_RETRY_AFTER_MS = 5_000
/** The longest wait for a partner slot. After it the visitor is better off trying again. */
const SLOT_WITHIN_MS = 2_000

/**
 * Registers one visitor with the partner and saves the user: the intent first, then one claimed call, then its result. The
 * same key joins an unfinished registration and replays a finished one. The caller gets a response within the request's
 * deadline. Work that is under way then goes on.
 *
 * @throws ApiError with one of the contract's codes
 */
export async function orchestrateRegistration(
  ports: RegistrationPorts,
  call: RegistrationCall,
): Promise<RegistrationResponse> {
  const run: RequestRun = { ports, call, deadline: ports.clock.now() + ports.policy.requestDeadlineMs }
  const work = respond(run)
  return withinDeadline(ports.clock, ports.policy.requestDeadlineMs, work, () => {
    // While the caller waits, it counts as a request in flight; from now on as background work.
    ports.waitUntil(work)
    return respondPending(run)
  })
}

/** One request in progress. */
interface RequestRun {
  ports: RegistrationPorts
  call: RegistrationCall
  /** By the monotonic clock, in milliseconds. */
  deadline: number
  /** The registration that the request began or joined, once there is one. */
  registrationId?: string
}

async function respond(run: RequestRun): Promise<RegistrationResponse> {
  try {
    // Where a proof is required, a caller without one gets the registration of their own key and nothing else.
    switch (run.call.proof) {
      case 'absent':
        return await replayKnown(run, new ApiError('VERIFICATION_REQUIRED'))
      case 'invalid':
        return await replayKnown(run, new ApiError('VERIFICATION_INVALID'))
      case 'unavailable':
        return await replayKnown(run, new ApiError('VERIFICATION_UNAVAILABLE', { retryAfterMs: KEYS_RETRY_AFTER_MS }))
      default:
        return await register(run)
    }
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error
    // Another caller or recovery finishes the saved registration.
    if (run.registrationId) return respondPending(run)
    throw new ApiError('DATABASE_UNAVAILABLE', { retryAfterMs: RETRY_AFTER_MS, cause: error })
  }
}

function respondPending({ registrationId }: RequestRun): RegistrationResponse {
  if (registrationId) return pendingResponse(registrationId, RETRY_AFTER_MS)
  throw new ApiError('OVERLOADED', { retryAfterMs: RETRY_AFTER_MS })
}

/** Begins a registration, or joins the one that stands in its way. */
async function register(run: RequestRun): Promise<RegistrationResponse> {
  const { ports, call } = run
  const exhausted = takeQuota(run)
  if (exhausted) return replayKnown(run, new ApiError('RATE_LIMITED', exhausted))
  try {
    using slot = await ports.gate.acquire('visitors', Math.min(SLOT_WITHIN_MS, msLeft(run)))
    const { result: inserted, window } = await commitInSendWindow(ports, () =>
      ports.store.insertIntent(call.intent, call.proof === 'valid'),
    )
    if (inserted.kind === 'inserted') {
      run.registrationId = inserted.claim.id
      const settled = await askPartner(ports, slot, inserted.claim, window)
      return await respondAbout(run, settled, { replayed: false })
    }
    // A caller who only waits needs no slot.
    slot[Symbol.dispose]()
    const { kind, registration } = inserted
    const isForeign = kind === 'same-email' && call.proof !== 'valid'
    if (isForeign) throw new ApiError('IN_PROGRESS', { retryAfterMs: retryAfterMs(registration) })
    giveBackQuota(run)
    return await awaitExisting(run, registration)
  } catch (error) {
    // Nothing was begun: another try costs the visitor nothing.
    if (!run.registrationId && !(error instanceof ApiError)) giveBackQuota(run)
    if (!(error instanceof CallNotAllowed)) throw error
    const code = error.reason === 'no-slot' ? 'OVERLOADED' : 'PARTNER_UNAVAILABLE'
    return replayKnown(run, new ApiError(code, { retryAfterMs: error.retryAfterMs, cause: error }))
  }
}

/** Takes one from the e-mail's quota before anything is written. @returns when there is one again, if none is left */
function takeQuota({ ports, call }: RequestRun): { retryAfterMs: number } | undefined {
  return call.isInternal ? undefined : ports.emailQuota.take(call.intent.email)
}

function giveBackQuota({ ports, call }: RequestRun): void {
  if (!call.isInternal) ports.emailQuota.giveBack(call.intent.email)
}

/**
 * Responds with what the caller may have without a new registration. A released one would need a new call.
 *
 * @throws `otherwise` when there is nothing
 */
async function replayKnown(run: RequestRun, otherwise: ApiError): Promise<RegistrationResponse> {
  const { ports, call } = run
  const sameKey = await ports.store.findByKey(call.intent.idempotencyKeyHash)
  if (sameKey && sameKey.status !== 'released') return awaitExisting(run, sameKey)
  const proven = call.proof === 'valid' ? await ports.store.findLatestByEmail(call.intent.email) : undefined
  if (proven) return awaitExisting(run, proven)
  throw otherwise
}

/** Waits for the outcome of a registration that another request began, or replays it. Takes over if that one gave up. */
async function awaitExisting(run: RequestRun, existing: Registration): Promise<RegistrationResponse> {
  if (foldEmail(existing.email) !== foldEmail(run.call.intent.email)) throw new ApiError('IDEMPOTENCY_KEY_REUSED')
  run.registrationId = existing.id
  return respondAbout(run, existing, { replayed: isFinal(existing.status) })
}

/** Advances the registration while the caller waits. */
async function respondAbout(
  run: RequestRun,
  registration: Registration,
  { replayed }: { replayed: boolean },
): Promise<RegistrationResponse> {
  const caller: Caller = { share: 'visitors', msLeft: () => msLeft(run) }
  const advanced = await advanceRegistration(run.ports, registration, caller)
  return responseFor(advanced, replayed, run.ports.gate.closedForMs())
}

function msLeft({ ports, deadline }: RequestRun): number {
  return deadline - ports.clock.now()
}
