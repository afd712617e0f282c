import { type Clock, withinDeadline } from '../registration/clock.ts'
import type { Registration } from '../registration/registration.ts'
import type { Claim, ClaimedCall, RegistrationStore } from '../registration/registration-store.ts'
import { applySettlement, type Settlement } from '../registration/settlement.ts'
import { DatabaseUnavailable, NeverThisRow, NotThisRowNow, RegistrationGone } from '../registration/store-errors.ts'
import type { Store } from '../store/create-store.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { OutageJournal } from './outage-journal.ts'

/** Is told what becomes of results that the database didn't take at once. Must not throw. */
export interface JournalListener {
  /** A result could not be written to the database. `kept` says whether it is on disk now; it is tried again either way. */
  journaled(registrationId: string, failure: unknown, kept: { onDisk: boolean; cause?: unknown }): void
  /** One result can't be written although the database is there: it is tried again, and a person should look. Told once. */
  refused(registrationId: string, failure: unknown): void
  /** One result can never be written; it stays in the journal until an operator drops it. Told once by each process. */
  unwritable(registrationId: string, failure: unknown): void
  /** The registration of a result was deleted meanwhile, and the result with it. */
  gone(registrationId: string): void
  /** Lines of the journal that can't be read, such as with a key that is no longer listed. */
  unreadable(lines: number): void
  drained(entries: number): void
  /** The journal could not be brought up to date with what waits; that is tried again. */
  outdated(cause: unknown): void
}

/** A store that loses no result, whatever keeps it from being written. */
export interface ResultWriter extends RegistrationStore {
  /** Results in the journal, or that should be. */
  readonly waiting: number
  /** Whether recovery may ask the partner: not while results wait for a database that is away. */
  mayClaim(): boolean
  /** Takes over what an earlier process left and writes it, if the database is there. */
  open(): Promise<void>
  /** Tries once more to write what waits, for some seconds at most; the rest stays in the journal. */
  close(): Promise<void>
}

/** A result that isn't known to be on file. */
interface Held {
  entry: JournalEntry
  /** As its claim left it; of what an earlier process left, the row alone tells. */
  registration: Registration | undefined
  /** `first`: on its first way to the database; `away`: waits for the database; `later`: for its row; `never`: for a person. */
  state: 'first' | 'away' | 'later' | 'never'
  isJournaled: boolean
  tries: number
  nextTryAt: number
}

/** Only what is locked for longer is worth a line in the journal. */
const AGAIN_SOON_MS = 50
/** A visitor waits no longer for the host's turn: then the journal keeps what is to be written. */
const PATIENCE_MS = 10_000
const LOOK_EVERY_MS = 1_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 5 * 60_000
/** One statement takes as many. */
const BATCH = 500
/** Of what one row alone refuses. */
const APART_AT_ONCE = 4
const CLOSE_WITHIN_MS = 5_000

export interface ResultWriterOptions {
  store: Store
  journal: OutageJournal
  clock: Clock
  leaseMs: number
  listener: JournalListener
}

/**
 * The one writer of results: settling, draining the journal and the host's hook go through here, and each failure is one of
 * three. *Away*: the result goes to the journal, the caller gets it all the same, and all that waits is written in batches
 * when the database is back. *Not this row now*: that one is tried apart from the others, with growing pauses, and its lease
 * is kept running meanwhile, so that no other replica asks the partner for what is known here. *Never*: a person decides.
 *
 * As long as a result is held here, whoever reads the registration in this process reads it with its result.
 */
export function createResultWriter({ store, journal, clock, leaseMs, listener }: ResultWriterOptions): ResultWriter {
  const held = new Map<string, Held[]>()
  /** Whether the journal holds anything else than what waits. */
  let outdated = false
  let looking = false
  let closed = false
  let draining: Promise<void> | undefined
  let leasesExtendedAt = Number.NEGATIVE_INFINITY

  const all = () => [...held.values()].flat()
  /** Whether it is in the journal, or should be. */
  const isWaiting = ({ state, isJournaled }: Held) => state !== 'first' || isJournaled
  const inState = (state: Held['state']) => all().filter((result) => result.state === state)

  function hold(entry: JournalEntry, registration: Registration | undefined, state: Held['state']): Held {
    const result: Held = { entry, registration, state, isJournaled: state !== 'first', tries: 0, nextTryAt: 0 }
    const { id } = entry.call
    held.set(id, [...(held.get(id) ?? []), result])
    return result
  }

  /** It is on file now, or never will be. */
  function release(result: Held): void {
    const { id } = result.entry.call
    const others = (held.get(id) ?? []).filter((other) => other !== result)
    if (others.length > 0) held.set(id, others)
    else held.delete(id)
    if (!result.isJournaled) return
    outdated = true
    void lookUntilAllIsWritten()
  }

  /** What a failed write means for the result. */
  function note(result: Held, error: unknown): void {
    const { id } = result.entry.call
    if (error instanceof DatabaseUnavailable) {
      if (result.state === 'first') result.state = 'away'
      void lookUntilAllIsWritten()
      return
    }
    if (error instanceof RegistrationGone) {
      release(result)
      listener.gone(id)
      return
    }
    if (error instanceof NeverThisRow) {
      result.state = 'never'
      listener.unwritable(id, error)
      return
    }
    if (result.state !== 'later') listener.refused(id, error)
    result.state = 'later'
    void lookUntilAllIsWritten()
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(result.tries++, 20), LONGEST_PAUSE_MS)
    result.nextTryAt = clock.now() + pauseMs * (0.75 + Math.random() / 2)
  }

  /** Writes what waits, some of it at once. @returns how many were written */
  async function write(results: readonly Held[], how?: { apart: true }): Promise<number> {
    let written = 0
    await Promise.all(
      results.map(async (result) => {
        try {
          await store.write(result.entry.call, result.entry.settlement, how)
          release(result)
          written++
        } catch (error) {
          note(result, error)
        }
      }),
    )
    return written
  }

  async function drainAway(): Promise<void> {
    let written = 0
    for (let batch = inState('away').slice(0, BATCH); batch.length > 0; batch = inState('away').slice(0, BATCH)) {
      written += await write(batch)
      // Where it is away, there is no use in trying with more.
      if (batch.some((result) => result.state === 'away' && held.has(result.entry.call.id))) break
    }
    if (written > 0) listener.drained(written)
    await bringUpToDate()
  }

  /** One drain serves all who wait for it. */
  function drain(): Promise<void> {
    draining ??= drainAway().finally(() => {
      draining = undefined
    })
    return draining
  }

  async function tryApart(): Promise<void> {
    const due = inState('later').filter(({ nextTryAt }) => nextTryAt <= clock.now())
    let written = 0
    while (due.length > 0 && !closed) written += await write(due.splice(0, APART_AT_ONCE), { apart: true })
    if (written > 0) listener.drained(written)
    const unsettled = inState('later').map(({ entry }) => entry.call)
    if (unsettled.length === 0 || clock.now() - leasesExtendedAt < leaseMs / 4) return
    leasesExtendedAt = clock.now()
    // The next look makes up for it.
    await store.extendLeases(unsettled).catch(() => undefined)
  }

  /** Only when its row is committed may the journal forget a result; until it does, the next start writes it again. */
  async function bringUpToDate(): Promise<void> {
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

  async function lookUntilAllIsWritten(): Promise<void> {
    if (looking) return
    looking = true
    while (!closed && (outdated || all().some(({ state }) => state === 'away' || state === 'later'))) {
      await clock.pause(LOOK_EVERY_MS)
      if (closed) break
      await tryApart()
      await drain()
    }
    looking = false
  }

  async function keep(result: Held, failure: unknown): Promise<void> {
    const kept = await journal.append(result.entry).then(
      () => ({ onDisk: true }),
      (cause: unknown) => ({ onDisk: false, cause }),
    )
    // It may have been written, or journaled with others, meanwhile.
    result.isJournaled = true
    if (!kept.onDisk || !all().includes(result)) outdated = true
    listener.journaled(result.entry.call.id, failure, kept)
    void lookUntilAllIsWritten()
  }

  /** Resolves with what is on file. Rejects once the result has to be kept. */
  async function writeFirst(claim: Claim, settlement: Settlement): Promise<Registration> {
    try {
      return await store.settle(claim, settlement)
    } catch (error) {
      if (!(error instanceof NotThisRowNow && error.isBrief)) throw error
      await clock.pause(AGAIN_SOON_MS)
      return store.settle(claim, settlement)
    }
  }

  async function settle(claim: Claim, settlement: Settlement): Promise<Registration> {
    const { registration, probing: _, tookOverAt: __, ...call } = claim
    const result = hold({ call, settlement }, registration, 'first')
    let isLate = false
    const work = writeFirst(claim, settlement).then(
      (settled) => {
        release(result)
        return settled
      },
      async (error: unknown) => {
        note(result, error)
        if (!isLate && all().includes(result)) await keep(result, error)
        return undefined
      },
    )
    const settled = await withinDeadline<Registration | undefined>(clock, PATIENCE_MS, work, () => {
      isLate = true
      return undefined
    })
    if (settled) return settled
    if (isLate) await keep(result, new NotThisRowNow('its turn has not come'))
    return applySettlement(registration, settlement)
  }

  /** What the registration is by the results that wait here, where they will win. What is on its first way is on no disk yet. */
  function withResult(registration: Registration): Registration {
    return (held.get(registration.id) ?? []).filter(isWaiting).reduce(
      (seen, { entry: { call, settlement }, registration: claimed }) =>
        // An erased row has another key, and takes nothing.
        isToWin(seen, call, settlement) && (!claimed || claimed.idempotencyKeyHash.equals(seen.idempotencyKeyHash))
          ? applySettlement(seen, settlement)
          : seen,
      registration,
    )
  }

  /** Whoever finds a lease that ran out must neither repeat the call nor give it up while its answer is here. */
  async function resultFirst(id: string): Promise<void> {
    const isHeld = () => held.get(id)?.some(({ state }) => state !== 'never') === true
    if (held.get(id)?.some(({ state }) => state === 'away')) await drain()
    if (isHeld()) throw new DatabaseUnavailable('The result of the last call waits to be written.')
  }

  return {
    ...store,
    get waiting() {
      return all().filter(isWaiting).length
    },
    mayClaim: () => !all().some(({ state }) => state === 'away'),
    async open() {
      const { entries, unreadable } = journal.load()
      if (unreadable > 0) listener.unreadable(unreadable)
      for (const entry of entries) hold(entry, undefined, 'away')
      await drain()
      void lookUntilAllIsWritten()
    },
    async close() {
      closed = true
      await withinDeadline(clock, CLOSE_WITHIN_MS, drain(), () => undefined)
    },
    settle,
    async insertIntent(intent, isProven) {
      const beginning = await store.insertIntent(intent, isProven)
      if (beginning.kind === 'inserted') return beginning
      return { ...beginning, registration: withResult(beginning.registration) }
    },
    async claim(seen, claimId) {
      await resultFirst(seen.id)
      return store.claim(seen, claimId)
    },
    async closeRegistration(seen, closure) {
      await resultFirst(seen.id)
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

/** Whether the database will take the result, as the row stands: see rule in `write-settlements.ts`. */
function isToWin({ attempts, status }: Registration, { attempt }: ClaimedCall, { to }: Settlement): boolean {
  if (to === 'succeeded') return status !== 'succeeded'
  const isLastWord = to === 'succeeded_without_link' || to === 'rejected'
  return attempts === attempt && (status === 'pending' || status === 'uncertain' || (status === 'stuck' && isLastWord))
}
