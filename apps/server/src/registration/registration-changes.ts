import type { Clock } from './clock.ts'
import type { Registration } from './registration.ts'

/** Wakes callers that wait for a registration when another request or process changes it. */
export interface RegistrationChanges {
  /** Resolves with the registration once it is no longer as `seen`, or with nothing after `ms`. */
  waitFor(seen: Registration, ms: number): Promise<Registration | undefined>
  /** Wakes the callers in this process that wait for the registration. */
  notify(registration: Registration): void
}

/** The partner mostly answers within a few hundred milliseconds: poll quickly at first. */
const FIRST_LOOK_MS = 25
/** Two queries a second cost the database little, and half a second is not noticeable after a long wait. */
const SLOWEST_LOOK_MS = 500

interface Waiter {
  seen: Registration
  wake: (registration: Registration) => void
}

/**
 * Any number of callers that wait for one registration share one poll. Polling rather than LISTEN/NOTIFY, which doesn't work
 * through connection poolers.
 */
export function createRegistrationChanges(
  read: (id: string) => Promise<Registration>,
  clock: Clock,
): RegistrationChanges {
  const listening = new Map<string, Set<Waiter>>()

  function notify(registration: Registration): void {
    const listeners = listening.get(registration.id)
    if (!listeners) return
    for (const listener of listeners) if (hasMovedOn(listener.seen, registration)) listener.wake(registration)
  }

  async function look(id: string): Promise<void> {
    for (let ms = FIRST_LOOK_MS; ; ms = Math.min(ms * 1.5, SLOWEST_LOOK_MS)) {
      await clock.pause(ms)
      if (!listening.get(id)?.size) break
      // The database may be unavailable for a moment. A caller whose time is up stops waiting by itself.
      const registration = await read(id).catch(() => undefined)
      if (registration) notify(registration)
    }
    listening.delete(id)
  }

  return {
    notify,
    async waitFor(seen, ms) {
      let listeners = listening.get(seen.id)
      if (!listeners) {
        listeners = new Set()
        listening.set(seen.id, listeners)
        void look(seen.id)
      }
      const patience = new AbortController()
      let moved: Registration | undefined
      const listener: Waiter = {
        seen,
        wake: (registration) => {
          moved = registration
          patience.abort()
        },
      }
      listeners.add(listener)
      await clock.pause(ms, patience.signal)
      listeners.delete(listener)
      return moved
    },
  }
}

function hasMovedOn(seen: Registration, now: Registration): boolean {
  return seen.status !== now.status || seen.attempts !== now.attempts || seen.asking !== now.asking
}
