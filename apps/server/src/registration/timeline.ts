import type { HistoryEntry } from '@registration/shared/operator'
import type { HistoryEvent } from './history-event.ts'

/** What is known of a registration's past. */
export interface Past {
  createdAt: string
  /** Calls that were claimed so far. */
  attempts: number
  history: readonly HistoryEvent[]
}

/**
 * What happened to a registration as a person reads it, newest first: each call with how it ended, each change of its
 * status, each operator's act. A call whose end nobody told is there without one.
 */
export function timeline({ createdAt, attempts, history }: Past): HistoryEntry[] {
  const entries: HistoryEntry[] = [{ at: createdAt, kind: 'begun' }]
  if (attempts > 0) entries.push(callOf({ at: createdAt, attempt: 1, probe: false }, history))
  let status = 'pending'
  for (const event of history) {
    if (event.did === 'claim') entries.push(callOf(event, history))
    if (event.did === 'act') {
      const { at, action, by, reason } = event
      entries.push({ at, kind: 'action', action, by, reason })
    }
    if (event.did !== 'claim' && event.status !== status) {
      status = event.status
      entries.push({ at: event.at, kind: 'status', status: event.status })
    }
  }
  return entries
    .map((entry, index) => ({ entry, index }))
    .toSorted(byAge)
    .map(({ entry }) => entry)
}

function callOf(
  { at, attempt, probe }: { at: string; attempt: number; probe: boolean },
  history: readonly HistoryEvent[],
): HistoryEntry {
  const end = history.find((event) => event.did === 'end' && event.attempt === attempt)
  const { outcome = null, durationMs = null } = end?.did === 'end' ? end : {}
  return { at, kind: 'call', attempt, outcome, durationMs, probe }
}

interface Placed {
  entry: HistoryEntry
  index: number
}

/** Of the same instant, what was written later is newer. */
function byAge(a: Placed, b: Placed): number {
  return Date.parse(b.entry.at) - Date.parse(a.entry.at) || b.index - a.index
}
