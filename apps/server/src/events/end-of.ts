import type { DeliveryEnd } from './event-outbox.ts'
import { nextPause } from './next-pause.ts'

/** What came of one request: HTTP's status, or a word for why there is none. */
export type Posted = { status: number; retryAfterMs: number | null } | { status: null; error: string }

const GONE = 410

/**
 * Whatever isn't 2xx is tried again: 401 and 404 are most often a receiver that is being set up. Only 410 means never. A
 * receiver may ask for a longer pause, of a day at most.
 */
export function endOf(posted: Posted, attempt: number, pauseOf = nextPause): DeliveryEnd {
  const { status } = posted
  const error = status === null ? posted.error : null
  if (status !== null && status >= 200 && status < 300) return { to: 'delivered', status, error }
  const pauseMs = status === GONE ? undefined : pauseOf(attempt)
  if (pauseMs === undefined) return { to: 'dead', status, error }
  const asked = status === null ? 0 : Math.min(posted.retryAfterMs ?? 0, LONGEST_ASKED_MS)
  return { to: 'waiting', status, error, pauseMs: Math.max(pauseMs, asked) }
}

const LONGEST_ASKED_MS = 24 * 3_600_000
