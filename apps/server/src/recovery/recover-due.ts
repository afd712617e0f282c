import type { Clock } from '../registration/clock.ts'
import type { PartnerGate } from '../registration/partner-gate.ts'
import type { Registration } from '../registration/registration.ts'
import type { Job } from './create-job-loop.ts'
import { slidingWindow } from './sliding-window.ts'

export interface RecoverDueOptions {
  clock: Clock
  gate: Pick<PartnerGate, 'roomForRecovery'>
  /** Takes at most `limit` due registrations. Other processes leave them alone for `reserveMs`. */
  takeDue(limit: number, reserveMs: number): Promise<Registration[]>
  /** False while results of this process wait for the database, since the partner must not be asked for a known result. */
  mayClaim(): boolean
  /** Advances one registration, by the loop that a request uses. */
  recover(registration: Registration): Promise<void>
  listener: RecoveryListener
}

/** Gets the events of recovery. Must not throw. */
export interface RecoveryListener {
  /** One search for due registrations is over. */
  swept(): void
  /** A registration was advanced as far as is possible now. */
  recovered(registrationId: string): void
  /** A registration could not be advanced this time. Its row says when it is due again. */
  failed(registrationId: string, error: unknown): void
  /** A job failed, usually because of the database. It will be run again. */
  jobFailed(error: unknown): void
  /** Registrations were deleted at the end of their retention. */
  deleted(registrations: number): void
  /** The number of stuck registrations has grown to `count`. */
  stuck(count: number): void
}

/** The query reads one small partial index. */
const POLL_EVERY_MS = 1_000
/** Limits the load on a partner that has just become available again. */
const MAX_CONCURRENT = 40
/** Longer than committing a claim takes, including its wait. A registration that failed is due again after this time. */
const RESERVE_MS = 10_000

/** Finds due registrations that no request works on, and advances them, within recovery's share of partner slots. */
export function recoverDue({ clock, gate, takeDue, mayClaim, recover, listener }: RecoverDueOptions): Job {
  const window = slidingWindow<Registration>({
    name: 'registrations',
    everyMs: POLL_EVERY_MS,
    clock,
    limit: () => (mayClaim() ? Math.min(gate.roomForRecovery(), MAX_CONCURRENT) : 0),
    claim: (free) => takeDue(free, RESERVE_MS),
    handle: (registration) =>
      recover(registration).then(
        () => listener.recovered(registration.id),
        (error: unknown) => listener.failed(registration.id, error),
      ),
  })
  return {
    ...window,
    async run() {
      const mayBeMore = await window.run()
      // Reported even if the partner may not be asked, since it shows that recovery is alive.
      listener.swept()
      return mayBeMore
    },
  }
}
