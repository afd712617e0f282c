import type { RegistrationAnswer } from '@registration/shared'
import { answerFor, pendingAnswer, retryAfterMs } from './answer.ts'
import { askPartner } from './ask-partner.ts'
import { DatabaseUnavailable } from './database-unavailable.ts'
import { foldEmail } from './fold-email.ts'
import { NotNow } from './partner-gate.ts'
import type { RegistrationPorts } from './ports.ts'
import { type Caller, pursue } from './pursue.ts'
import { Refusal } from './refusal.ts'
import { type Intent, isFinal, type Registration } from './registration.ts'
import type { Beginning } from './registration-store.ts'
import { withinDeadline } from './within-deadline.ts'

/** Whether the caller has shown that the e-mail is the visitor's. */
export type Proof = 'valid' | 'invalid' | 'absent' | 'not-required'

/** One call of `orchestrateRegistration`: the intent, checked and complete, and what the caller could show. */
export interface RegistrationCall {
  intent: Intent
  proof: Proof
  /** Whether an internal app calls, which answers for how often. */
  isInternal: boolean
}

/** Whose work goes on without them should look again shortly. */
const LOOK_AGAIN_MS = 1_000
/** How long to wait until the partner may be called: beyond it, the visitor is better off trying again. */
const ROOM_WITHIN_MS = 2_000

/**
 * Registers one visitor with the partner and saves the user: the intent first, then one claimed call, then its
 * result. The same key joins an unfinished registration and replays a finished one. The caller gets an answer within
 * the request's deadline; what is under way then is finished all the same.
 *
 * @throws Refusal with one of the contract's codes
 */
export async function orchestrateRegistration(
  ports: RegistrationPorts,
  call: RegistrationCall,
): Promise<RegistrationAnswer> {
  const effort: Effort = { ports, call, deadline: ports.clock.now() + ports.policy.requestDeadlineMs }
  const work = answerAtTheEnd(effort)
  return withinDeadline(ports.clock, ports.policy.requestDeadlineMs, work, () => {
    // As long as the caller waits, it counts as a call under way; only then as work that is left.
    ports.keep(work)
    return answerSoFar(effort)
  })
}

/** One call under way. */
interface Effort {
  ports: RegistrationPorts
  call: RegistrationCall
  deadline: number
  /** The registration that the call began or joined, once there is one. */
  registrationId?: string
}

async function answerAtTheEnd(effort: Effort): Promise<RegistrationAnswer> {
  try {
    // Where a proof is required, whoever has none is given nothing but their own key's registration.
    switch (effort.call.proof) {
      case 'absent':
        return await followKnown(effort, new Refusal('VERIFICATION_REQUIRED'))
      case 'invalid':
        return await followKnown(effort, new Refusal('VERIFICATION_INVALID'))
      default:
        return await begin(effort)
    }
  } catch (error) {
    if (error instanceof NotNow) {
      const code = error.reason === 'no-slot' ? 'OVERLOADED' : 'PARTNER_UNAVAILABLE'
      throw new Refusal(code, { retryAfterMs: error.retryAfterMs, cause: error })
    }
    if (!(error instanceof DatabaseUnavailable)) throw error
    // What is on file goes on: with another caller, or in recovery.
    if (effort.registrationId) return answerSoFar(effort)
    throw new Refusal('DATABASE_UNAVAILABLE', { retryAfterMs: LOOK_AGAIN_MS, cause: error })
  }
}

function answerSoFar({ registrationId }: Effort): RegistrationAnswer {
  if (registrationId) return pendingAnswer(registrationId, LOOK_AGAIN_MS)
  throw new Refusal('OVERLOADED', { retryAfterMs: LOOK_AGAIN_MS })
}

async function begin(effort: Effort): Promise<RegistrationAnswer> {
  const { store } = effort.ports
  const { intent, proof } = effort.call
  const exhausted = takeQuota(effort)
  if (exhausted) return followKnown(effort, new Refusal('RATE_LIMITED', exhausted))
  let beginning: Beginning | undefined
  try {
    const withinMs = Math.min(ROOM_WITHIN_MS, msLeft(effort))
    const asked = await askPartner(effort.ports, { share: 'visitors', withinMs }, async () => {
      beginning = await store.begin(intent, proof === 'valid')
      if (beginning.kind !== 'begun') return undefined
      effort.registrationId = beginning.claim.registration.id
      return beginning.claim
    })
    if (asked) return await answerAbout(effort, asked, false)
  } catch (error) {
    if (beginning) throw error
    // Nothing was begun, so that trying again costs the visitor nothing; and what is known needs no call.
    giveBackQuota(effort)
    if (!(error instanceof NotNow)) throw error
    return followKnown(effort, error)
  }
  if (beginning?.kind === undefined || beginning.kind === 'begun')
    throw new Error('nothing was begun, and nothing stood in the way')
  const { kind, registration } = beginning
  if (kind === 'same-email' && proof !== 'valid')
    throw new Refusal('IN_PROGRESS', { retryAfterMs: retryAfterMs(registration) })
  giveBackQuota(effort)
  return join(effort, registration)
}

/** Takes one from the e-mail's quota before anything is written; says when there is one again, where none is left. */
function takeQuota({ ports, call }: Effort): { retryAfterMs: number } | undefined {
  return call.isInternal ? undefined : ports.emailQuota.take(call.intent.email)
}

function giveBackQuota({ ports, call }: Effort): void {
  if (!call.isInternal) ports.emailQuota.giveBack(call.intent.email)
}

/**
 * Follows what the caller may have without anything being begun; a released registration would be begun anew.
 *
 * @throws `otherwise` where there is nothing
 */
async function followKnown(effort: Effort, otherwise: Error): Promise<RegistrationAnswer> {
  const { ports, call } = effort
  const sameKey = await ports.store.findByKey(call.intent.idempotencyKeyHash)
  if (sameKey && sameKey.status !== 'released') return join(effort, sameKey)
  const proven = call.proof === 'valid' ? await ports.store.findLatestByEmail(call.intent.email) : undefined
  if (proven) return join(effort, proven)
  throw otherwise
}

/** Waits for the outcome of what somebody else began, taking over where that one gave up; replays what is finished. */
async function join(effort: Effort, known: Registration): Promise<RegistrationAnswer> {
  if (foldEmail(known.email) !== foldEmail(effort.call.intent.email)) throw new Refusal('IDEMPOTENCY_KEY_REUSED')
  effort.registrationId = known.id
  return answerAbout(effort, known, isFinal(known.status))
}

/** Moves the registration on as long as the caller waits. */
async function answerAbout(effort: Effort, known: Registration, replayed: boolean): Promise<RegistrationAnswer> {
  const caller: Caller = { share: 'visitors', msLeft: () => msLeft(effort) }
  const registration = await pursue(effort.ports, known, caller)
  return answerFor(registration, replayed, effort.ports.gate.closedForMs())
}

function msLeft({ ports, deadline }: Effort): number {
  return deadline - ports.clock.now()
}
