import type { DeliveryOutcome } from './event-outbox.ts'
import { nextPause } from './next-pause.ts'

/** The result of one request: the HTTP status, or an error code if there was no response. */
export type PostResult = { status: number; retryAfterMs: number | null } | { status: null; error: string }

const GONE = 410

/**
 * How a delivery ends. Every status but 2xx and 410 is tried again: 401 and 404 usually come from an endpoint that is being
 * set up. 410 means that the endpoint is gone. An endpoint may ask for a longer pause, of at most a day.
 */
export function deliveryOutcome(result: PostResult, attempt: number, pauseOf = nextPause): DeliveryOutcome {
  const { status } = result
  const error = status === null ? result.error : null
  if (status !== null && status >= 200 && status < 300) return { to: 'delivered', status, error }
  const pauseMs = status === GONE ? undefined : pauseOf(attempt)
  if (pauseMs === undefined) return { to: 'dead', status, error }
  const requestedMs = status === null ? 0 : Math.min(result.retryAfterMs ?? 0, MAX_REQUESTED_PAUSE_MS)
  return { to: 'waiting', status, error, pauseMs: Math.max(pauseMs, requestedMs) }
}

const MAX_REQUESTED_PAUSE_MS = 24 * 3_600_000
