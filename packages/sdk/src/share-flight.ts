import type { Registration } from './registration.ts'
import { RegistrationError } from './registration-error.ts'
import type { OnStatus } from './registration-status.ts'

/** How one caller follows a registration, its own or one that is already under way. */
export interface Following {
  /** Aborting stops the waiting: the promise rejects with `ABORTED`. The registration goes on. */
  signal?: AbortSignal | undefined
  onStatus?: OnStatus | undefined
}

interface Flight {
  outcome: Promise<Registration>
  listeners: Set<OnStatus>
  lastStatus?: Parameters<OnStatus>
}

const flights = new Map<string, Flight>()

/** Whether a registration of this name is under way in this page. */
export function isInFlight(name: string): boolean {
  return flights.has(name)
}

/** Follows the registration of this name; begins it where none is under way, so that double clicks share one. */
export function shareFlight(
  name: string,
  { signal, onStatus }: Following,
  begin: (report: OnStatus) => Promise<Registration>,
): Promise<Registration> {
  return new Promise<Registration>((resolve, reject) => {
    const abort = () => {
      if (onStatus) flights.get(name)?.listeners.delete(onStatus)
      reject(new RegistrationError('ABORTED', 'The page stopped waiting.'))
    }
    if (signal?.aborted) return abort()

    const { listeners, lastStatus, outcome } = flights.get(name) ?? launch(name, begin)
    if (onStatus) listeners.add(onStatus)
    if (onStatus && lastStatus) tell(onStatus, lastStatus)
    signal?.addEventListener('abort', abort)
    outcome.then(resolve, reject).then(() => signal?.removeEventListener('abort', abort))
  })
}

function launch(name: string, begin: (report: OnStatus) => Promise<Registration>): Flight {
  const flight = { listeners: new Set() } as Flight
  flights.set(name, flight)
  flight.outcome = begin((...status) => {
    flight.lastStatus = status
    for (const listener of flight.listeners) tell(listener, status)
  }).finally(() => flights.delete(name))
  return flight
}

/** In a microtask of its own: an error thrown by the page is the page's. */
function tell(listener: OnStatus, status: Parameters<OnStatus>): void {
  queueMicrotask(() => listener(...status))
}
