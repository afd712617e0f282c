import type { Clock } from './clock.ts'
import type { DatabaseClock } from './database-clock.ts'
import type { Partner, PartnerResult } from './partner.ts'
import type { PartnerGate } from './partner-gate.ts'
import type { Policy } from './policy.ts'
import type { Registration } from './registration.ts'
import type { RegistrationChanges } from './registration-changes.ts'
import type { ClaimedCall, RegistrationStore } from './registration-store.ts'
import type { RetryPauses } from './retry-pauses.ts'

/** Everything outside this module that a registration needs. */
export interface RegistrationPorts {
  store: RegistrationStore
  partner: Partner
  gate: PartnerGate
  changes: RegistrationChanges
  clock: Clock
  databaseClock: DatabaseClock
  pauses: RetryPauses
  policy: Policy
  listener: RegistrationListener
  emailQuota: EmailQuota
  /** Keeps the process from stopping until the work has settled. */
  waitUntil(work: Promise<unknown>): void
}

/** Limits how often one e-mail may begin a registration. */
export interface EmailQuota {
  /** @returns when there is one again, if none is left */
  take(email: string): { retryAfterMs: number } | undefined
  /** Returns one to the quota when no registration was begun: a replay is free. */
  giveBack(email: string): void
}

/** A call to the partner that has ended. */
export interface EndedPartnerCall extends ClaimedCall {
  probing: boolean
  result: PartnerResult
  durationMs: number
}

/** Is notified of what happens to registrations, for the log and the metrics. Must not throw. */
export interface RegistrationListener {
  callEnded(call: EndedPartnerCall): void
  /** This process changed the registration's state, for now or for good. */
  moved(registration: Registration): void
}
