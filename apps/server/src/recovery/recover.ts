import type { RegistrationPorts } from '../registration/ports.ts'
import { pursue } from '../registration/pursue.ts'

/** Moves on what nobody is waiting for, by the loop that a request uses. Harmless where somebody else was faster. */
export async function recover(ports: RegistrationPorts, registrationId: string): Promise<void> {
  await pursue(ports, await ports.store.get(registrationId), { share: 'recovery', msLeft: () => 0 })
}
