import { askPartner } from './ask-partner.ts'
import { mayProbe } from './may-probe.ts'
import { nextStep } from './next-step.ts'
import type { RegistrationPorts } from './ports.ts'
import type { Registration } from './registration.ts'

/**
 * Moves a registration on until it is finished or nothing more can be learned in time. A request, a caller who joins
 * one and recovery all come through here; which of them acts is settled by the claim.
 *
 * @param msLeft how long the caller still waits; recovery, which has no caller, waits for nothing
 * @throws NoSlot when the partner's cap leaves no room in time
 * @throws DatabaseUnavailable when the database can't be reached
 */
export async function pursue(
  ports: RegistrationPorts,
  registration: Registration,
  msLeft: () => number,
): Promise<Registration> {
  const { store, watch, observer, policy } = ports
  let seen = registration
  for (;;) {
    const step = nextStep(seen, { probeForMs: policy.probeForMs, mayProbe: mayProbe(ports) }, msLeft())
    switch (step.do) {
      case 'reply':
        return seen
      case 'watch':
        seen = (await watch.change(seen, step.ms)) ?? (await store.get(seen.id))
        break
      case 'ask-partner': {
        const claimId = crypto.randomUUID()
        seen = (await askPartner(ports, msLeft(), () => store.claim(seen, claimId))) ?? (await store.get(seen.id))
        break
      }
      case 'conclude':
        seen = await store.conclude(seen, step.conclusion)
        watch.announce(seen)
        observer.moved(seen)
    }
  }
}
