import { type Clock, withinDeadline } from '../registration/clock.ts'
import type { Registration } from '../registration/registration.ts'
import type { Claim, ClaimedCall, RegistrationStore } from '../registration/registration-store.ts'
import { applySettlement, type Settlement } from '../registration/settlement.ts'
import {
  DatabaseUnavailable,
  RegistrationGone,
  ResultUnwritable,
  RowTemporarilyUnwritable,
} from '../registration/store-errors.ts'
import type { Store } from '../store/create-store.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { OutageJournal } from './outage-journal.ts'

/** Gets the events of results that the database didn't accept at once. Must not throw. */
export interface JournalListener {
  /** A result could not be written to the database. `kept` says whether it is in the journal; it is retried either way. */
  journaled(registrationId: string, failure: unknown, kept: { onDisk: boolean; cause?: unknown }): void
  /** The database is available and refuses one result. It is retried, and a person should check. Called once per result. */
  refused(registrationId: string, failure: unknown): void
  /** A result can never be written; it stays in the journal until an operator drops it. Called once per process. */
  unwritable(registrationId: string, failure: unknown): void
  /** The registration of a result was deleted meanwhile, so the result is dropped. */
  gone(registrationId: string): void
  /** The journal has lines that can't be read, for example because their key is no longer listed. */
  unreadable(lines: number): void
  drained(entries: number): void
  /** The journal could not be rewritten without the results that were saved; it is retried. */
  outdated(cause: unknown): void
}

/** A store that keeps results it can't write in the outage journal until it can. */
export interface ResultWriter extends RegistrationStore {
  /** The number of results that wait to be written. */
  readonly waiting: number
  /** Whether recovery may ask the partner: not while results wait for an unavailable database. */
  mayClaim(): boolean
  /** Reads the journal of an earlier process and writes its results if the database is available. */
  open(): Promise<void>
  /** Tries once more to write the waiting results, for at most 5 s; the rest stays in the journal. */
  close(): Promise<void>
}

/** A result that isn't known to be saved. */
interface HeldResult {
  entry: JournalEntry
  /** The registration as claimed; undefined for results of an earlier process. */
  registration: Registration | undefined
  /**
   * `writing`: the first write is in progress; `database-unavailable`: waits for the database; `row-refused`: this row is
   * retried separately; `unwritable`: an operator must decide.
   */
  state: 'writing' | 'database-unavailable' | 'row-refused' | 'unwritable'
  isJournaled: boolean
  failures: number
  nextTryAt: number
}

/** A briefly locked row is retried once after this pause, before the result goes to the journal. */
const RETRY_ONCE_AFTER_MS = 50
/** A visitor waits at most this long for the host's hook. Then the result goes to the journal. */
const SETTLE_WITHIN_MS = 10_000
const RETRY_EVERY_MS = 1_000
const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 5 * 60_000
/** The most results that one statement writes. */
const BATCH = 500
/** Concurrent retries of refused rows. */
const CONCURRENT_RETRIES = 4
const CLOSE_WITHIN_MS = 5_000

export interface ResultWriterOptions {
  store: Store
  journal: OutageJournal
  clock: Clock
  leaseMs: number
  listener: JournalListener
}

/**
 * Creates the only writer of results, for settling, draining the journal and the host's hook. There are three failures:
 *
 * - The database is unavailable (`DatabaseUnavailable`): the result goes to the journal, the caller still gets it, and all
 *   waiting results are written in batches when the database is back.
 * - The row can't be written now (`RowTemporarilyUnwritable`): the result is retried separately, with growing pauses. Its lease is
 *   extended meanwhile, so that no other replica asks the partner for a known result.
 * - The row can never be written (`ResultUnwritable`): an operator decides.
 *
 * While a result waits here, every read of its registration in this process includes the result.
 */
export function createResultWriter({ store, journal, clock, leaseMs, listener }: ResultWriterOptions): ResultWriter {
  const held = new Map<string, HeldResult[]>()
  /** Whether the journal differs from the waiting results. */
  let outdated = false
  let retrying = false
  let closed = false
  let draining: Promise<void> | undefined
  let leasesExtendedAt = Number.NEGATIVE_INFINITY

  const all = () => [...held.values()].flat()
  /** Whether the result is in the journal, or should be. */
  const isWaiting = ({ state, isJournaled }: HeldResult) => state !== 'writing' || isJournaled
  const inState = (state: HeldResult['state']) => all().filter((result) => result.state === state)

  function hold(entry: JournalEntry, registration: Registration | undefined, state: HeldResult['state']): HeldResult {
    const result: HeldResult = {
      entry,
      registration,
      state,
      isJournaled: state !== 'writing',
      failures: 0,
      nextTryAt: 0,
    }
    const { id } = entry.call
    held.set(id, [...(held.get(id) ?? []), result])
    return result
  }

  /** Forgets a result that is saved, or never will be. */
  function release(result: HeldResult): void {
    const { id } = result.entry.call
    const others = (held.get(id) ?? []).filter((other) => other !== result)
    if (others.length > 0) held.set(id, others)
    else held.delete(id)
    if (!result.isJournaled) return
    outdated = true
    void retryUntilWritten()
  }

  /** Sets the result's state after a failed write. */
  function handleFailure(result: HeldResult, error: unknown): void {
    const { id } = result.entry.call
    if (error instanceof DatabaseUnavailable) {
      if (result.state === 'writing') result.state = 'database-unavailable'
      void retryUntilWritten()
      return
    }
    if (error instanceof RegistrationGone) {
      release(result)
      listener.gone(id)
      return
    }
    if (error instanceof ResultUnwritable) {
      result.state = 'unwritable'
      listener.unwritable(id, error)
      return
    }
    if (result.state !== 'row-refused') listener.refused(id, error)
    result.state = 'row-refused'
    void retryUntilWritten()
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(result.failures++, 20), MAX_PAUSE_MS)
    result.nextTryAt = clock.now() + pauseMs * (0.75 + Math.random() / 2)
  }

  /** Writes waiting results concurrently. @returns the number of results written */
  async function write(results: readonly HeldResult[], how?: { apart: true }): Promise<number> {
    let written = 0
    await Promise.all(
      results.map(async (result) => {
        try {
          await store.write(result.entry.call, result.entry.settlement, how)
          release(result)
          written++
        } catch (error) {
          handleFailure(result, error)
        }
      }),
    )
    return written
  }

  async function drainBatches(): Promise<void> {
    let written = 0
    for (
      let batch = inState('database-unavailable').slice(0, BATCH);
      batch.length > 0;
      batch = inState('database-unavailable').slice(0, BATCH)
    ) {
      written += await write(batch)
      // If the database is still unavailable, further batches would fail too.
      if (batch.some((result) => result.state === 'database-unavailable' && held.has(result.entry.call.id))) break
    }
    if (written > 0) listener.drained(written)
    await rewriteJournal()
  }

  /** Concurrent calls share one drain. */
  function drain(): Promise<void> {
    draining ??= drainBatches().finally(() => {
      draining = undefined
    })
    return draining
  }

  async function retryRefused(): Promise<void> {
    const due = inState('row-refused').filter(({ nextTryAt }) => nextTryAt <= clock.now())
    let written = 0
    while (due.length > 0 && !closed) written += await write(due.splice(0, CONCURRENT_RETRIES), { apart: true })
    if (written > 0) listener.drained(written)
    const unsettled = inState('row-refused').map(({ entry }) => entry.call)
    if (unsettled.length === 0 || clock.now() - leasesExtendedAt < leaseMs / 4) return
    leasesExtendedAt = clock.now()
    // The next round tries again.
    await store.extendLeases(unsettled).catch(() => undefined)
  }

  /** Removes saved results from the journal. A result is removed only after its commit; until then, the next start writes it again. */
  async function rewriteJournal(): Promise<void> {
    if (!outdated) return
    try {
      outdated = false
      await journal.rewrite(() => {
        const waiting = all().filter(isWaiting)
        for (const result of waiting) result.isJournaled = true
        return waiting.map(({ entry }) => entry)
      })
    } catch (cause) {
      outdated = true
      listener.outdated(cause)
    }
  }

  async function retryUntilWritten(): Promise<void> {
    if (retrying) return
    retrying = true
    while (
      !closed &&
      (outdated || all().some(({ state }) => state === 'database-unavailable' || state === 'row-refused'))
    ) {
      await clock.pause(RETRY_EVERY_MS)
      if (closed) break
      await retryRefused()
      await drain()
    }
    retrying = false
  }

  async function putInJournal(result: HeldResult, failure: unknown): Promise<void> {
    const kept = await journal.append(result.entry).then(
      () => ({ onDisk: true }),
      (cause: unknown) => ({ onDisk: false, cause }),
    )
    // The result may have been saved meanwhile, or be journaled by a rewrite.
    result.isJournaled = true
    if (!kept.onDisk || !all().includes(result)) outdated = true
    listener.journaled(result.entry.call.id, failure, kept)
    void retryUntilWritten()
  }

  /** Resolves with the saved row. Rejects if the result has to go to the journal. */
  async function writeFirst(claim: Claim, settlement: Settlement): Promise<Registration> {
    try {
      return await store.settle(claim, settlement)
    } catch (error) {
      if (!(error instanceof RowTemporarilyUnwritable && error.isBrief)) throw error
      await clock.pause(RETRY_ONCE_AFTER_MS)
      return store.settle(claim, settlement)
    }
  }

  async function settle(claim: Claim, settlement: Settlement): Promise<Registration> {
    const { registration, probing: _, tookOverAt: __, ...call } = claim
    const result = hold({ call, settlement }, registration, 'writing')
    let isLate = false
    const work = writeFirst(claim, settlement).then(
      (settled) => {
        release(result)
        return settled
      },
      async (error: unknown) => {
        handleFailure(result, error)
        if (!isLate && all().includes(result)) await putInJournal(result, error)
        return undefined
      },
    )
    const settled = await withinDeadline<Registration | undefined>(clock, SETTLE_WITHIN_MS, work, () => {
      isLate = true
      return undefined
    })
    if (settled) return settled
    if (isLate) await putInJournal(result, new RowTemporarilyUnwritable('the write did not finish in time'))
    return applySettlement(registration, settlement)
  }

  /** The registration with the waiting results that its row will accept. A result in its first write doesn't count: it is on no disk yet. */
  function withResult(registration: Registration): Registration {
    return (held.get(registration.id) ?? []).filter(isWaiting).reduce(
      (seen, { entry: { call, settlement }, registration: claimed }) =>
        // An erased row has another key and accepts no result.
        willBeAccepted(seen, call, settlement) &&
        (!claimed || claimed.idempotencyKeyHash.equals(seen.idempotencyKeyHash))
          ? applySettlement(seen, settlement)
          : seen,
      registration,
    )
  }

  /**
   * Writes the waiting result of a registration before it may be claimed or closed: a call whose answer is known here must not
   * be repeated or given up.
   *
   * @throws DatabaseUnavailable while the result still waits
   */
  async function writeWaitingResult(id: string): Promise<void> {
    const isHeld = () => held.get(id)?.some(({ state }) => state !== 'unwritable') === true
    if (held.get(id)?.some(({ state }) => state === 'database-unavailable')) await drain()
    if (isHeld()) throw new DatabaseUnavailable('The result of the last call waits to be written.')
  }

  return {
    ...store,
    get waiting() {
      return all().filter(isWaiting).length
    },
    mayClaim: () => !all().some(({ state }) => state === 'database-unavailable'),
    async open() {
      const { entries, unreadable } = journal.load()
      if (unreadable > 0) listener.unreadable(unreadable)
      for (const entry of entries) hold(entry, undefined, 'database-unavailable')
      await drain()
      void retryUntilWritten()
    },
    async close() {
      closed = true
      await withinDeadline(clock, CLOSE_WITHIN_MS, drain(), () => undefined)
    },
    settle,
    async insertIntent(intent, isProven) {
      const result = await store.insertIntent(intent, isProven)
      if (result.kind === 'inserted') return result
      return { ...result, registration: withResult(result.registration) }
    },
    async claim(seen, claimId) {
      await writeWaitingResult(seen.id)
      return store.claim(seen, claimId)
    },
    async closeRegistration(seen, closure) {
      await writeWaitingResult(seen.id)
      return withResult(await store.closeRegistration(seen, closure))
    },
    get: async (id) => withResult(await store.get(id)),
    async findByKey(hash) {
      try {
        const found = await store.findByKey(hash)
        return found && withResult(found)
      } catch (error) {
        const known = all()
          .filter(isWaiting)
          .find(({ registration }) => registration?.idempotencyKeyHash.equals(hash))?.registration
        if (!known) throw error
        return withResult(known)
      }
    },
    async findLatestByEmail(email) {
      const found = await store.findLatestByEmail(email)
      return found && withResult(found)
    },
  }
}

/** Whether the row will accept the result; the same rule as in `write-settlements.ts`. */
function willBeAccepted({ attempts, status }: Registration, { attempt }: ClaimedCall, { to }: Settlement): boolean {
  if (to === 'succeeded') return status !== 'succeeded'
  const isFinalAnswer = to === 'succeeded_without_link' || to === 'rejected'
  return (
    attempts === attempt && (status === 'pending' || status === 'uncertain' || (status === 'stuck' && isFinalAnswer))
  )
}
