import type { Clock } from '../registration/clock.ts'
import type { PartnerGate } from '../registration/partner-gate.ts'
import type { Registration } from '../registration/registration.ts'
import type { DueSource } from './create-due-loop.ts'
import { slidingWindow } from './sliding-window.ts'

export interface RecoverDueOptions {
  clock: Clock
  gate: Pick<PartnerGate, 'roomForRecovery'>
  /** Takes registrations that are due, at most `limit`, and keeps others from them for `reserveMs`. */
  takeDue(limit: number, reserveMs: number): Promise<Registration[]>
  /** False while results of this process wait for the database: the partner must not be asked for what is known. */
  mayClaim(): boolean
  /** Moves one on, by the loop that a request uses. */
  recover(registration: Registration): Promise<void>
  listener: RecoveryListener
}

/** Is told what recovery does. Must not throw. */
export interface RecoveryListener {
  /** One look for what is due is over. */
  swept(): void
  /** One registration was moved on as far as it goes now. */
  recovered(registrationId: string): void
  /** One registration could not be moved on this time. The row says when it is due again. */
  failed(registrationId: string, error: unknown): void
  /** A look for what is due failed, most often with the database; the next one is made all the same. */
  failedToLook(error: unknown): void
  /** So many registrations had reached their age. */
  deleted(registrations: number): void
  /** So many registrations wait for a person now. */
  stuck(count: number): void
}

/** One query a second reads one small partial index. */
const LOOK_EVERY_MS = 1_000
/** A partner that has just come back must not be fallen upon by thousands. */
const MOST_AT_ONCE = 40
/** Longer than a claim takes to be committed, and waits for its turn. What fails is looked at again after so long. */
const RESERVE_MS = 10_000

/** Finds registrations that nobody waits for, and moves them on, as far as recovery's share of the partner goes. */
export function recoverDue({ clock, gate, takeDue, mayClaim, recover, listener }: RecoverDueOptions): DueSource {
  const window = slidingWindow<Registration>({
    name: 'registrations',
    everyMs: LOOK_EVERY_MS,
    clock,
    most: () => (mayClaim() ? Math.min(gate.roomForRecovery(), MOST_AT_ONCE) : 0),
    take: (room) => takeDue(room, RESERVE_MS),
    handle: (registration) =>
      recover(registration).then(
        () => listener.recovered(registration.id),
        (error: unknown) => listener.failed(registration.id, error),
      ),
  })
  return {
    ...window,
    async look() {
      const mayBeMore = await window.look()
      // Also where the partner may not be asked: it is recovery that is alive.
      listener.swept()
      return mayBeMore
    },
  }
}
