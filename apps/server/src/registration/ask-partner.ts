import { afterLookUp } from './after-look-up.ts'
import { mayProbe } from './may-probe.ts'
import type { PartnerOrder, PartnerReply } from './partner.ts'
import type { GatePass, GateShare } from './partner-gate.ts'
import type { RegistrationPorts } from './ports.ts'
import type { Registration } from './registration.ts'
import type { Claim } from './registration-store.ts'
import { type Settlement, settlementOf } from './settlement.ts'
import { type TakenClaim, takeClaim } from './take-claim.ts'

/**
 * One claim, one call: is let through the gate, commits a claim by `claimCall`, asks, and settles. Undefined when `claimCall`
 * came to no claim; the partner was not asked then.
 *
 * @throws NotNow when no call may be made within `withinMs`; nothing was claimed then.
 * @throws DatabaseUnavailable when the claim can't be committed.
 */
export async function askPartner(
  ports: RegistrationPorts,
  { share, withinMs }: { share: GateShare; withinMs: number },
  claimCall: () => Promise<Claim | undefined>,
): Promise<Registration | undefined> {
  const called = await ports.gate.run(share, withinMs, async (pass) => {
    const taken = await takeClaim(ports, claimCall)
    if (!taken) return undefined
    const { claim, mayOverlap } = taken
    const sentAt = ports.clock.now()
    const { reply, lookedUp }: CallResult = mayOverlap ? { reply: NOT_YET } : await call(ports, taken, pass)
    const durationMs = ports.clock.now() - sentAt
    inform(() => ports.observer.callEnded({ ...claim, reply, durationMs }))
    const ended = { outcome: reply.kind, durationMs: Math.round(durationMs), ...(lookedUp && { lookedUp }) }
    return { claim: { ...claim, ended }, reply }
  })
  if (!called) return undefined

  const settlement = await decide(ports, called.claim, called.reply)
  const settled = await ports.store.settle(called.claim, settlement)
  ports.watch.announce(settled)
  if (isOurs(settled, called.claim, settlement)) inform(() => ports.observer.moved(settled))
  return settled
}

/** A listener that breaks its word not to throw must not cost the answer, which is saved after this or told after that. */
function inform(tell: () => void): void {
  try {
    tell()
  } catch {
    // Whoever joins listeners reports what they throw.
  }
}

/** Who was overtaken, such as a process that was frozen, finds another's outcome on file, which that one has told. */
function isOurs({ attempts, status }: Registration, { attempt }: Claim, { to }: Settlement): boolean {
  return attempts === attempt && status === (to === 'unasked' ? 'pending' : to)
}

/** Given up without asking. What came before may still be under way, so that the lease of this claim is waited for. */
const NOT_YET: PartnerReply = {
  kind: 'not-processed',
  reason: 'the clock of the database jumped ahead: the call before may still be under way',
  reached: false,
}

/** The lease may end before such a call would: given up before a byte was sent. */
const TOO_LATE: PartnerReply = { kind: 'not-processed', reason: 'committing the claim took too long', reached: false }

interface CallResult {
  reply: PartnerReply
  lookedUp?: true
}

/** A probe looks first, where that can be done; it asks for the account only within the window of its claim. */
async function call(
  { partner, policy }: RegistrationPorts,
  { claim, maySend }: TakenClaim,
  pass: GatePass,
): Promise<CallResult> {
  if (claim.probing && partner.lookUp && maySend()) {
    const found = await partner.lookUp(orderOf(claim.registration, maySend))
    pass.ended(found)
    const next = afterLookUp(found, policy)
    if (next !== 'register') return { reply: next, lookedUp: true }
  }
  if (!maySend()) return { reply: TOO_LATE }
  const reply = await partner.register(orderOf(claim.registration, maySend))
  pass.ended(reply)
  return { reply }
}

function orderOf(registration: Registration, maySend: () => boolean): PartnerOrder {
  const { id, email, visitorId, clientIp, trafficParams } = registration
  return { registrationId: id, email, visitorId, clientIp, trafficParams, maySend }
}

async function decide(ports: RegistrationPorts, claim: Claim, reply: PartnerReply): Promise<Settlement> {
  if (reply === NOT_YET) return { to: 'uncertain', nextAttemptInMs: 0, leaseIsOver: false }
  const { attempt, probing } = claim
  const facts = { attempt, probing, mayProbe: mayProbe(ports), earlierAccount: false }
  const refusedProbe = probing && reply.kind === 'rejected' && reply.code === 'ALREADY_REGISTERED'
  if (!refusedProbe) return settlementOf(reply, facts, ports.pauses)
  try {
    const earlierAccount = await ports.store.showsEarlierAccount(claim.registration)
    return settlementOf(reply, { ...facts, earlierAccount }, ports.pauses)
  } catch {
    // Whose account it is can't be told without the database. The next probe gets the same answer.
    const unread: PartnerReply = { kind: 'unknown', reason: 'database unavailable', answeredCompletely: true }
    return settlementOf(unread, facts, ports.pauses)
  }
}
