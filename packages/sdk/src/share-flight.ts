import type { RegistrationSettings } from './configure.ts'
import { pageState } from './page-state.ts'
import type { Registration } from './registration.ts'
import { RegistrationError } from './registration-error.ts'
import type { ProgressListener } from './registration-progress.ts'
import { sentenceFor } from './sentences.ts'

/** How one caller follows a registration, its own or one that is already under way. */
export interface Following {
  /** Aborting stops the waiting: the promise rejects with `ABORTED`. The registration goes on. */
  signal?: AbortSignal | undefined
  onStatus?: ProgressListener | undefined
}

/** A registration under way. */
export interface Flight {
  outcome: Promise<Registration>
  listeners: Set<ProgressListener>
  lastProgress?: Parameters<ProgressListener>
}

/** Shared by all copies of this package in the page. */
const { flights } = pageState

/** Whether a registration of this name is under way in this page. */
export function isInFlight(name: string): boolean {
  return flights.has(name)
}

/** Follows the registration of this name; begins it where none is under way, so that double clicks share one. */
export function shareFlight(
  name: string,
  { signal, onStatus, ...settings }: Following & RegistrationSettings,
  begin: (report: ProgressListener) => Promise<Registration>,
): Promise<Registration> {
  return new Promise<Registration>((resolve, reject) => {
    const abort = () => {
      if (onStatus) flights.get(name)?.listeners.delete(onStatus)
      reject(new RegistrationError('ABORTED', sentenceFor('ABORTED', settings)))
    }
    if (signal?.aborted) return abort()

    const { listeners, lastProgress, outcome } = flights.get(name) ?? launch(name, begin)
    if (onStatus) listeners.add(onStatus)
    if (onStatus && lastProgress) tell(onStatus, lastProgress)
    signal?.addEventListener('abort', abort)
    outcome.then(resolve, reject).then(() => signal?.removeEventListener('abort', abort))
  })
}

function launch(name: string, begin: (report: ProgressListener) => Promise<Registration>): Flight {
  const flight = { listeners: new Set() } as unknown as Flight
  flights.set(name, flight)
  const land = () => {
    flights.delete(name)
  }
  flight.outcome = begin((...progress) => {
    flight.lastProgress = progress
    for (const listener of flight.listeners) tell(listener, progress)
  })
  flight.outcome.then(land, land)
  return flight
}

/** After the turn in which it happens; an error thrown by the page is the page's, and uncaught. */
function tell(listener: ProgressListener, progress: Parameters<ProgressListener>): void {
  Promise.resolve().then(() => {
    try {
      listener(...progress)
    } catch (error) {
      setTimeout(() => {
        throw error
      })
    }
  })
}
