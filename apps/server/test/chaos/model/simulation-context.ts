import type { OutageJournal } from '../../../src/journal/outage-journal.ts'
import type { LookUpResult, PartnerCall, PartnerResult } from '../../../src/registration/partner.ts'
import type { Policy } from '../../../src/registration/policy.ts'
import type { Registration } from '../../../src/registration/registration.ts'
import type { RegistrationStore } from '../../../src/registration/registration-store.ts'
import type { Store } from '../../../src/store/create-store.ts'
import type { History, RecordedCall } from './history.ts'
import type { PartnerBackend } from './partner-backend.ts'
import type { Scenario } from './scenario.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The part of the store that registration and recovery use. */
export type SimulatedStore = RegistrationStore &
  Pick<Store, 'settle' | 'write' | 'extendLeases' | 'takeDue' | 'shortenWaits'>

/** Everything that the simulated processes share. */
export interface SimulationContext {
  time: VirtualTime
  history: History
  policy: Policy
  /** The database, behind the network. */
  store: SimulatedStore
  /** The database's clock, in milliseconds. */
  databaseNow(): number
  /** Makes one call and resolves with what the process sees; what only the partner knows goes into `called`. */
  askPartner(order: PartnerCall, life: SimulatedProcess, called: RecordedCall): Promise<PartnerResult>
  /** Looks an account up; undefined if the partner has no such call. */
  lookUp: ((order: PartnerCall, life: SimulatedProcess) => Promise<LookUpResult>) | undefined
}

/** An account at the partner. */
export interface Account {
  email: string
  /** The registration whose call created it; undefined if the visitor had it before. */
  registrationId: string | undefined
}

/** The database, disks and partner of one simulation: in memory or real. */
export interface Backends {
  store: SimulatedStore
  /** Every registration in the database. */
  rows(): Promise<Registration[]>
  /** Whether none of them is pending or uncertain. */
  isFinished(): Promise<boolean>
  partner: PartnerBackend
  /** Opens the journal on the volume of a replica. */
  openJournal(replica: number): OutageJournal
}

export interface BackendOptions {
  scenario: Scenario
  time: VirtualTime
  /** The database's clock, in milliseconds. */
  now: () => number
  isDiskFull: () => boolean
}

/** Creates empty backends for one simulation. */
export type CreateBackends = (options: BackendOptions) => Promise<Backends>
