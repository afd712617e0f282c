import { startStopwatch } from './clock.ts'
import type { PartnerCall, PartnerResult } from './partner.ts'
import type { PartnerSlot } from './partner-gate.ts'
import { leaseMs, mayProbe, sendWithinMs } from './policy.ts'
import type { RegistrationPorts } from './ports.ts'
import type { Registration } from './registration.ts'
import type { Claim } from './registration-store.ts'
import { afterLookUp, type Settlement, settlementOf } from './settlement.ts'
import { DatabaseUnavailable } from './store-errors.ts'

/** How long a call may be sent by the claim that a commit made. */
export interface SendWindow {
  /** Whether the call may still be sent. Asked again right before its first byte is written. */
  isOpen(): boolean
  /** When the last try of the commit began and ended, by the monotonic clock. */
  askedAt: number
  answeredAt: number
}

/** Long enough for a connection to be replaced, short enough for several tries. */
const COMMIT_AGAIN_AFTER_MS = 100

/**
 * Commits a claim. When the answer to a commit is lost, it commits again while the send window is open: `commit` must then
 * find the claim that it made before.
 *
 * @throws DatabaseUnavailable when nothing could be committed, or when it isn't known in time whether it was
 */
export async function commitInSendWindow<Result>(
  { clock, policy }: Pick<RegistrationPorts, 'clock' | 'policy'>,
  commit: () => Promise<Result>,
): Promise<{ result: Result; window: SendWindow }> {
  // Measured from before the first try, so that the lease can't have begun earlier.
  const elapsedMs = startStopwatch(clock)
  const isOpen = () => elapsedMs() <= sendWithinMs(policy)
  let mayHaveCommitted = false
  for (;;) {
    const askedAt = clock.now()
    try {
      const result = await commit()
      return { result, window: { isOpen, askedAt, answeredAt: clock.now() } }
    } catch (error) {
      mayHaveCommitted ||= error instanceof DatabaseUnavailable && error.mayHaveCommitted
      if (!mayHaveCommitted || !(error instanceof DatabaseUnavailable)) throw error
      await clock.pause(COMMIT_AGAIN_AFTER_MS)
      if (!isOpen()) throw error
    }
  }
}

/**
 * Makes the one call that a committed claim allows, and settles the registration by its result. Gives the slot back when the
 * call has ended: the next call needn't wait for the database.
 *
 * @returns the registration as it is saved afterwards, by this or another process
 */
export async function askPartner(
  ports: RegistrationPorts,
  slot: PartnerSlot,
  claim: Claim,
  window: SendWindow,
): Promise<Registration> {
  const sentAt = ports.clock.now()
  const { result, lookedUp }: CallOutcome = mayOverlap(ports, claim, window)
    ? { result: CLOCK_JUMPED }
    : await call(ports, claim, window, slot)
  const durationMs = ports.clock.now() - sentAt
  slot[Symbol.dispose]()

  notifyListener(() => ports.listener.callEnded({ ...claim, result, durationMs }))
  const settlement = await decide(ports, claim, result)
  const ended = { outcome: result.kind, durationMs: Math.round(durationMs), ...(lookedUp && { lookedUp }) }
  const settled = await ports.store.settle({ ...claim, ended }, settlement)
  ports.changes.notify(settled)
  if (isOwnOutcome(settled, claim, settlement)) notifyListener(() => ports.listener.moved(settled))
  return settled
}

/** A listener that throws, against its contract, must not cost the visitor the answer. `fanOut` reports what it threw. */
function notifyListener(notify: () => void): void {
  try {
    notify()
  } catch {}
}

/** A process that was overtaken, for example while it was frozen, finds the outcome of another one, which has reported it. */
function isOwnOutcome({ attempts, status }: Registration, { attempt }: Claim, { to }: Settlement): boolean {
  return attempts === attempt && status === (to === 'retry' ? 'pending' : to)
}

/** Whether the previous call may still be under way although its lease is over, because the database's clock jumped ahead. */
function mayOverlap(
  { clock, databaseClock, policy }: RegistrationPorts,
  { tookOverAt }: Claim,
  { askedAt, answeredAt }: SendWindow,
): boolean {
  if (tookOverAt === undefined) return false
  databaseClock.note({ databaseMs: tookOverAt, askedAt, answeredAt })
  return databaseClock.jumpedSince(clock.now() - leaseMs(policy))
}

/** No call was made. The previous one may still be under way, so the lease of this claim has to end first. */
const CLOCK_JUMPED: PartnerResult = {
  kind: 'not-processed',
  reason: 'the clock of the database jumped ahead: the previous call may still be under way',
  reached: false,
}

/** The lease could end before the call does. */
const WINDOW_CLOSED: PartnerResult = {
  kind: 'not-processed',
  reason: 'committing the claim took too long',
  reached: false,
}

interface CallOutcome {
  result: PartnerResult
  lookedUp?: true
}

/** A probe looks the account up first, where the partner can be asked so. It registers only inside its send window. */
async function call(
  { partner, policy }: RegistrationPorts,
  { probing, registration }: Claim,
  window: SendWindow,
  slot: PartnerSlot,
): Promise<CallOutcome> {
  const gateCall = { registrationId: registration.id, clientIp: registration.clientIp, probing }
  if (probing && partner.lookUp && window.isOpen()) {
    const found = await partner.lookUp(partnerCallOf(registration, window))
    slot.ended(found, gateCall)
    const next = afterLookUp(found, policy)
    if (next !== 'register') return { result: next, lookedUp: true }
  }
  if (!window.isOpen()) return { result: WINDOW_CLOSED }
  const result = await partner.register(partnerCallOf(registration, window))
  slot.ended(result, gateCall)
  return { result }
}

function partnerCallOf(registration: Registration, { isOpen }: SendWindow): PartnerCall {
  const { id, email, visitorId, clientIp, trafficParams } = registration
  return { registrationId: id, email, visitorId, clientIp, trafficParams, maySend: isOpen }
}

async function decide(ports: RegistrationPorts, claim: Claim, result: PartnerResult): Promise<Settlement> {
  if (result === CLOCK_JUMPED) return { to: 'uncertain', nextAttemptInMs: 0, leaseIsOver: false }
  const { attempt, probing } = claim
  const facts = { attempt, probing, mayProbe: mayProbe(ports), earlierAccount: false }
  const isRefusedProbe = probing && result.kind === 'rejected' && result.code === 'ALREADY_REGISTERED'
  if (!isRefusedProbe) return settlementOf(result, facts, ports.pauses)
  try {
    const earlierAccount = await ports.store.showsEarlierAccount(claim.registration)
    return settlementOf(result, { ...facts, earlierAccount }, ports.pauses)
  } catch {
    // Without the database it isn't known whose account it is. The next probe gets the same result.
    const unread: PartnerResult = { kind: 'unknown', reason: 'database unavailable', answeredCompletely: true }
    return settlementOf(unread, facts, ports.pauses)
  }
}
