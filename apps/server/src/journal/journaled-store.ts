import { applySettlement } from '../registration/apply-settlement.ts'
import type { Clock } from '../registration/clock.ts'
import { DatabaseUnavailable } from '../registration/database-unavailable.ts'
import { RegistrationGone } from '../registration/registration-gone.ts'
import type { Claim, RegistrationStore } from '../registration/registration-store.ts'
import type { Store } from '../store/create-store.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { OutageJournal } from './outage-journal.ts'

/** What happens to the journal, for whoever keeps watch. */
export interface JournalWatcher {
  /** A result could not be written to the database. `kept` says whether it is on disk now; it is retried either way. */
  journaled(registrationId: string, failure: unknown, kept: { onDisk: boolean; cause?: unknown }): void
  /** A journaled result was refused by the database, which is there: a person has to look. */
  refused(registrationId: string, failure: unknown): void
  /** The registration of a journaled result was deleted meanwhile, and the result with it. */
  gone(registrationId: string): void
  /** Lines of the journal that can't be read, such as with a key that is no longer listed. */
  unreadable(lines: number): void
  drained(entries: number): void
  /** The journal could not be brought up to date with what waits; that is retried. */
  outdated(cause: unknown): void
}

/** A store that loses no result, with the results that it still has to write. */
export interface JournaledStore extends RegistrationStore {
  /** Whether a result of this registration is known and not yet written. */
  holds(registrationId: string): boolean
  /** Results that wait. */
  readonly waiting: number
  /** Takes over what an earlier process left and writes it, if the database is there. */
  open(): Promise<void>
  /** Tries once more to write what waits; what can't be written stays in the journal. */
  close(): Promise<void>
}

const RETRY_EVERY_MS = 1_000

/**
 * The database may fail after the partner has answered. Then the result goes to the outage journal, the caller gets
 * it all the same, and the write is retried until it is committed.
 */
export function createJournaledStore(
  store: Store,
  journal: OutageJournal,
  clock: Clock,
  watcher: JournalWatcher,
): JournaledStore {
  const waiting = new Set<JournalEntry>()
  /** Whose results are on their first way to the database, which may take longer than their lease. */
  const underWay = new Set<Claim>()
  /** Whether the journal holds anything else than what waits. */
  let outdated = false
  let retrying = false
  let closed = false

  const holds = (id: string) =>
    [...waiting].some(({ call }) => call.id === id) || [...underWay].some((claim) => claim.id === id)

  async function drain(): Promise<void> {
    let written = 0
    for (const entry of [...waiting]) {
      try {
        await store.settle(entry.call, entry.settlement)
        if (waiting.delete(entry)) written++
      } catch (error) {
        if (error instanceof DatabaseUnavailable) break
        if (!(error instanceof RegistrationGone)) watcher.refused(entry.call.id, error)
        else if (waiting.delete(entry)) {
          outdated = true
          watcher.gone(entry.call.id)
        }
      }
    }
    if (written > 0) {
      watcher.drained(written)
      outdated = true
    }
    if (outdated) await bringUpToDate()
  }

  /** Only when its row is committed may the journal forget a result; until it does, the next start writes it again. */
  async function bringUpToDate(): Promise<void> {
    try {
      outdated = false
      await journal.rewrite(() => [...waiting])
    } catch (cause) {
      outdated = true
      watcher.outdated(cause)
    }
  }

  async function retry(): Promise<void> {
    if (retrying) return
    retrying = true
    while ((waiting.size > 0 || outdated) && !closed) {
      await clock.pause(RETRY_EVERY_MS)
      await drain()
    }
    retrying = false
  }

  /** Whoever finds a lease that ran out must neither repeat the call nor give it up while its answer is here. */
  async function resultFirst(id: string): Promise<void> {
    if (holds(id)) await drain()
    if (holds(id)) throw new DatabaseUnavailable('The result of the last call waits to be written.')
  }

  return {
    ...store,
    holds,
    get waiting() {
      return waiting.size
    },
    async open() {
      const { entries, unreadable } = journal.load()
      if (unreadable > 0) watcher.unreadable(unreadable)
      for (const entry of entries) waiting.add(entry)
      await drain()
      void retry()
    },
    async close() {
      closed = true
      await drain()
    },
    async settle(claim, settlement) {
      underWay.add(claim)
      try {
        return await store.settle(claim, settlement)
      } catch (error) {
        const { registration: _, probing: __, ...call } = claim
        const entry = { call, settlement }
        waiting.add(entry)
        const kept = await journal.append(entry).then(
          () => ({ onDisk: true }),
          (cause: unknown) => ({ onDisk: false, cause }),
        )
        if (!kept.onDisk) outdated = true
        watcher.journaled(claim.id, error, kept)
        void retry()
        return applySettlement(claim.registration, settlement)
      } finally {
        underWay.delete(claim)
      }
    },
    async claim(seen, claimId) {
      await resultFirst(seen.id)
      return store.claim(seen, claimId)
    },
    async conclude(seen, conclusion) {
      await resultFirst(seen.id)
      return store.conclude(seen, conclusion)
    },
  }
}
