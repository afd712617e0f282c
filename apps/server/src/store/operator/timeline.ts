import type { CallReason, HistoryEntry } from '@registration/shared/operator'
import type { RegistrationStatus } from '../../registration/registration.ts'
import type { HistoryEvent } from '../../registration/registration-store.ts'

/** What is known of a registration's past. */
export interface RegistrationPast {
  createdAt: string
  /** The process that made the first call. */
  begunBy: string | null
  /** Calls that were claimed so far. */
  attempts: number
  history: readonly HistoryEvent[]
}

type Claimed = HistoryEvent & { did: 'claim' }

/**
 * What happened to a registration as a person reads it, newest first: each call with why it was made and how it ended, each
 * change of its status, each operator's act. A call whose end nobody told is there without one.
 */
export function timeline({ createdAt, begunBy, attempts, history }: RegistrationPast): HistoryEntry[] {
  const entries: HistoryEntry[] = [{ at: createdAt, kind: 'begun' }]
  const first: Claimed = { at: createdAt, did: 'claim', attempt: 1, probe: false, replica: begunBy ?? undefined }
  if (attempts > 0) entries.push(callOf(first, 'registration', history))
  let status: RegistrationStatus = 'pending'
  let isAskedFor = false
  for (const event of history) {
    if (event.did === 'claim') {
      entries.push(callOf(event, reasonOf(event, status, isAskedFor), history))
      isAskedFor = false
      continue
    }
    if (event.did === 'act') {
      const { at, action, by, reason, endpoints } = event
      entries.push({ at, kind: 'action', action, by, reason, ...(endpoints ? { endpoints } : {}) })
      isAskedFor ||= action === 'retry'
    }
    if (event.status !== status) {
      status = event.status
      const replica = event.did === 'conclude' ? (event.replica ?? null) : null
      entries.push({ at: event.at, kind: 'status', status, replica })
    }
  }
  return entries
    .map((entry, index) => ({ entry, index }))
    .toSorted(byAge)
    .map(({ entry }) => entry)
}

function callOf({ at, attempt, replica }: Claimed, why: CallReason, history: readonly HistoryEvent[]): HistoryEntry {
  const end = history.find((event) => event.did === 'end' && event.attempt === attempt)
  const { outcome = null, durationMs = null, lookedUp = false } = end?.did === 'end' ? end : {}
  return { at, kind: 'call', attempt, why, outcome, durationMs, lookedUp, replica: replica ?? null }
}

/** @param status what it was when the call was claimed */
function reasonOf({ probe, by }: Claimed, status: RegistrationStatus, isAskedFor: boolean): CallReason {
  if (!probe) return status === 'released' ? 'registration' : 'repeat'
  if (isAskedFor) return 'operator'
  return by === 'recovery' ? 'recovery' : 'probe'
}

interface Placed {
  entry: HistoryEntry
  index: number
}

/** Entries of the same instant are ordered as they were written. */
function byAge(a: Placed, b: Placed): number {
  return Date.parse(b.entry.at) - Date.parse(a.entry.at) || b.index - a.index
}
