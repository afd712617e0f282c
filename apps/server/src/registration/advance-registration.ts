import { askPartner, commitInSendWindow } from './ask-partner.ts'
import { nextStep } from './next-step.ts'
import { CallNotAllowed, type GateShare } from './partner-gate.ts'
import { mayProbe } from './policy.ts'
import type { RegistrationPorts } from './ports.ts'
import type { Registration } from './registration.ts'
import type { Closure } from './settlement.ts'

/** For whom a registration is advanced. */
export interface Caller {
  share: GateShare
  /** How long the caller can still wait, in milliseconds. Recovery has no caller: always 0. */
  msLeft(): number
}

/** Recovery can wait longer for a slot than a visitor, since it holds nothing meanwhile. */
const RECOVERY_WAITS_MS = 5_000

/**
 * Advances a registration until it is final or nothing more can be learned in time. Requests, callers who join a
 * registration, and recovery all run this loop. The claim decides which of them acts.
 *
 * @throws DatabaseUnavailable when the database can't be reached
 */
export async function advanceRegistration(
  ports: RegistrationPorts,
  registration: Registration,
  caller: Caller,
): Promise<Registration> {
  const { store, changes, policy } = ports
  let seen = registration
  for (;;) {
    const step = nextStep(seen, { probeForMs: policy.probeForMs, mayProbe: mayProbe(ports) }, caller.msLeft())
    switch (step.do) {
      case 'reply':
        return seen
      case 'watch':
        seen = (await changes.waitFor(seen, step.ms)) ?? (await store.get(seen.id))
        break
      case 'ask-partner':
        try {
          seen = await claimAndAsk(ports, seen, caller)
        } catch (error) {
          if (!(error instanceof CallNotAllowed)) throw error
          // The partner certainly has nothing, and can't be asked in time.
          return seen.status === 'pending' && !seen.asking ? close(ports, seen, { to: 'released' }) : seen
        }
        break
      case 'close':
        seen = await close(ports, seen, step.closure)
    }
  }
}

/** @throws CallNotAllowed when no call may be made in time; nothing was claimed then */
async function claimAndAsk(ports: RegistrationPorts, seen: Registration, caller: Caller): Promise<Registration> {
  const withinMs = caller.share === 'recovery' ? RECOVERY_WAITS_MS : caller.msLeft()
  using slot = await ports.gate.acquire(caller.share, withinMs)
  const claimId = crypto.randomUUID()
  const { result: claim, window } = await commitInSendWindow(ports, () => ports.store.claim(seen, claimId))
  // Awaited here, since leaving the function releases the slot.
  return claim ? await askPartner(ports, slot, claim, window) : await ports.store.get(seen.id)
}

async function close(
  { store, changes, listener }: RegistrationPorts,
  seen: Registration,
  closure: Closure,
): Promise<Registration> {
  const closed = await store.closeRegistration(seen, closure)
  changes.notify(closed)
  listener.moved(closed)
  return closed
}
