import { askPartner } from './ask-partner.ts'
import { mayProbe } from './may-probe.ts'
import { nextStep } from './next-step.ts'
import { type GateShare, NotNow } from './partner-gate.ts'
import type { RegistrationPorts } from './ports.ts'
import type { Registration } from './registration.ts'
import type { Conclusion } from './settlement.ts'

/** On whose account a registration is moved on. */
export interface Caller {
  share: GateShare
  /** How long somebody still waits for it; recovery, which has no caller, waits for nothing. */
  msLeft(): number
}

/** Recovery is in no hurry for its turn, and holds nothing meanwhile. */
const RECOVERY_WAITS_MS = 5_000

/**
 * Moves a registration on until it is finished or nothing more can be learned in time. A request, a caller who joins
 * one and recovery all come through here; which of them acts is settled by the claim.
 *
 * @throws DatabaseUnavailable when the database can't be reached
 */
export async function pursue(
  ports: RegistrationPorts,
  registration: Registration,
  { share, msLeft }: Caller,
): Promise<Registration> {
  const { store, watch, observer, policy } = ports
  let seen = registration

  async function conclude(conclusion: Conclusion): Promise<Registration> {
    const concluded = await store.conclude(seen, conclusion)
    watch.announce(concluded)
    observer.moved(concluded)
    return concluded
  }

  for (;;) {
    const step = nextStep(seen, { probeForMs: policy.probeForMs, mayProbe: mayProbe(ports) }, msLeft())
    switch (step.do) {
      case 'reply':
        return seen
      case 'watch':
        seen = (await watch.change(seen, step.ms)) ?? (await store.get(seen.id))
        break
      case 'ask-partner': {
        const withinMs = share === 'recovery' ? RECOVERY_WAITS_MS : msLeft()
        const claimId = crypto.randomUUID()
        try {
          const asked = await askPartner(ports, { share, withinMs }, () => store.claim(seen, claimId))
          seen = asked ?? (await store.get(seen.id))
        } catch (error) {
          if (!(error instanceof NotNow)) throw error
          // The partner certainly has nothing, and can't be asked in time.
          return seen.status === 'pending' && !seen.asking ? conclude({ to: 'released' }) : seen
        }
        break
      }
      case 'conclude':
        seen = await conclude(step.conclusion)
    }
  }
}
