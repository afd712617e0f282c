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

/** What a registration and its recovery need of the database. */
export type SimulatedStore = RegistrationStore &
  Pick<Store, 'settle' | 'write' | 'extendLeases' | 'takeDue' | 'shortenWaits'>

/** What processes share, and history sees. */
export interface SimulationContext {
  time: VirtualTime
  history: History
  policy: Policy
  /** The database, as the network brings it to a process. */
  store: SimulatedStore
  /** Its clock, in milliseconds. */
  databaseNow(): number
  /** One call, as far as its process sees it; what the partner alone knows is written into `called`. */
  askPartner(order: PartnerCall, life: SimulatedProcess, called: RecordedCall): Promise<PartnerResult>
  /** One question whether there is an account; undefined where the partner has no such. */
  lookUp: ((order: PartnerCall, life: SimulatedProcess) => Promise<LookUpResult>) | undefined
}

/** An account that the partner has. */
export interface Account {
  email: string
  /** The registration whose call opened it; undefined where the visitor had it before. */
  registrationId: string | undefined
}

/** What a world is made of: in memory, or real. */
export interface Backends {
  store: SimulatedStore
  /** Every registration on file. */
  rows(): Promise<Registration[]>
  /** Whether none of them is pending or uncertain. */
  isFinished(): Promise<boolean>
  partner: PartnerBackend
  /** What a process finds on the lasting volume of its replica. */
  openJournal(replica: number): OutageJournal
}

export interface BackendOptions {
  scenario: Scenario
  time: VirtualTime
  /** The database's clock, in milliseconds. */
  now: () => number
  isDiskFull: () => boolean
}

/** Lays the ground for one history. Nothing of an earlier one is left on it. */
export type CreateBackends = (options: BackendOptions) => Promise<Backends>
