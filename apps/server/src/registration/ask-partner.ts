import { afterLookUp } from './after-look-up.ts'
import { mayProbe } from './may-probe.ts'
import type { PartnerOrder, PartnerReply } from './partner.ts'
import { sendWithinMs } from './policy.ts'
import type { RegistrationPorts } from './ports.ts'
import type { Registration } from './registration.ts'
import type { Claim } from './registration-store.ts'
import { type Settlement, settlementOf } from './settlement.ts'

/**
 * One claim, one call: takes a slot of the partner's cap, commits a claim by `claimCall`, asks, and settles.
 * Undefined when `claimCall` came to no claim; the partner was not asked then.
 *
 * @throws NoSlot when there is no slot within `withinMs`; nothing was claimed then.
 * @throws DatabaseUnavailable when the claim can't be committed.
 */
export async function askPartner(
  ports: RegistrationPorts,
  withinMs: number,
  claimCall: () => Promise<Claim | undefined>,
): Promise<Registration | undefined> {
  const called = await ports.slots.run(async () => {
    // Measured from before the claim is sent, so that its lease can't have begun earlier.
    const claimingSince = ports.clock.now()
    const claim = await claimCall()
    if (!claim) return undefined
    const sentAt = ports.clock.now()
    const leftMs = () => sendWithinMs(ports.policy) - (ports.clock.now() - claimingSince)
    const { reply, lookedUp } = await call(ports, claim, leftMs)
    const durationMs = ports.clock.now() - sentAt
    ports.observer.callEnded({ ...claim, reply, durationMs })
    const ended = { outcome: reply.kind, durationMs: Math.round(durationMs), ...(lookedUp && { lookedUp }) }
    return { claim: { ...claim, ended }, reply }
  }, withinMs)
  if (!called) return undefined

  const settlement = await decide(ports, called.claim, called.reply)
  const settled = await ports.store.settle(called.claim, settlement)
  ports.watch.announce(settled)
  if (isOurs(settled, called.claim, settlement)) ports.observer.moved(settled)
  return settled
}

/** Who was overtaken, such as a process that was frozen, finds another's outcome on file, which that one has told. */
function isOurs({ attempts, status }: Registration, { attempt }: Claim, { to }: Settlement): boolean {
  return attempts === attempt && status === (to === 'unasked' ? 'pending' : to)
}

/** The lease may end before such a call would: given up before a byte was sent. */
const TOO_LATE: PartnerReply = { kind: 'not-processed', reason: 'committing the claim took too long', reached: false }

/** A probe looks first, where that can be done; it asks for the account only within the window of its claim. */
async function call(
  { partner, policy }: RegistrationPorts,
  claim: Claim,
  leftMs: () => number,
): Promise<{ reply: PartnerReply; lookedUp?: true }> {
  if (claim.probing && partner.lookUp && leftMs() >= 0) {
    const found = await partner.lookUp(orderOf(claim.registration, leftMs()))
    const next = afterLookUp(found, policy)
    if (next !== 'register') return { reply: next, lookedUp: true }
  }
  const sendWithinMs = leftMs()
  return { reply: sendWithinMs >= 0 ? await partner.register(orderOf(claim.registration, sendWithinMs)) : TOO_LATE }
}

function orderOf(registration: Registration, sendWithinMs: number): PartnerOrder {
  const { id, email, visitorId, clientIp, trafficParams } = registration
  return { registrationId: id, email, visitorId, clientIp, trafficParams, sendWithinMs }
}

async function decide(ports: RegistrationPorts, claim: Claim, reply: PartnerReply): Promise<Settlement> {
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
