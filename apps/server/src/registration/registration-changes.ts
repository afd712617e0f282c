import type { Clock } from './clock.ts'
import type { Registration } from './registration.ts'

/** Tells when somebody else, in this process or in another one, moves a registration on. */
export interface RegistrationChanges {
  /** Resolves with the registration once it is no longer as `seen`, or with nothing after `ms`. */
  waitFor(seen: Registration, ms: number): Promise<Registration | undefined>
  /** Wakes whoever watches it in this process at once. */
  notify(registration: Registration): void
}

/** Most registrations take the partner's few hundred milliseconds: look soon at first. */
const FIRST_LOOK_MS = 25
/** One query a second is nothing to the database, and nobody notices half a second after a long wait. */
const SLOWEST_LOOK_MS = 500

interface Waiter {
  seen: Registration
  wake: (registration: Registration) => void
}

/**
 * However many callers wait for one registration, one of them looks. Polling rather than LISTEN/NOTIFY, which does
 * not survive connection poolers.
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
      // A database that is away for a moment is no news; whoever has no more patience finds out by itself.
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
