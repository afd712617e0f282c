import type { Clock } from './clock.ts'
import type { DatabaseClock } from './database-clock.ts'
import type { EmailQuota } from './email-quota.ts'
import type { Observer } from './observer.ts'
import type { Partner } from './partner.ts'
import type { PartnerGate } from './partner-gate.ts'
import type { Policy } from './policy.ts'
import type { RegistrationStore } from './registration-store.ts'
import type { RetryPauses } from './retry-pauses.ts'
import type { Watch } from './watch.ts'

/** Everything outside that registering somebody needs. */
export interface RegistrationPorts {
  store: RegistrationStore
  partner: Partner
  gate: PartnerGate
  watch: Watch
  clock: Clock
  databaseClock: DatabaseClock
  pauses: RetryPauses
  policy: Policy
  observer: Observer
  emailQuota: EmailQuota
  /** Lets work that outlives its caller be finished before the process ends. */
  keep(work: Promise<unknown>): void
}
