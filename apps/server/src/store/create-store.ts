import type { Kysely } from 'kysely'
import type { Registration } from '../registration/registration.ts'
import type { Actor, Claim, ClaimedCall, RegistrationStore } from '../registration/registration-store.ts'
import { LONGEST_PAUSE_MS } from '../registration/retry-pauses.ts'
import { applySettlement, type Settlement } from '../registration/settlement.ts'
import { RegistrationGone, ResultUnwritable, RowTemporarilyUnwritable } from '../registration/store-errors.ts'
import { withAdvisoryLock } from './alone.ts'
import { claim, closeRegistration } from './claim.ts'
import type { Database } from './database.ts'
import { asDatabaseUnavailable, isAway, isBadData } from './database-errors.ts'
import { deleteOlder } from './delete-older.ts'
import { countStuck, takeDue, type Unfinished, unfinished } from './due.ts'
import { findByKey, findLatestByEmail, findTraceparent, get, showsEarlierAccount } from './find.ts'
import { createGroupCommit, togetherOrOneByOne } from './group-commit.ts'
import { createInsertIntents, insertIntent, type ProvenIntent } from './insert-intent.ts'
import { deleteOldCalls } from './registration-calls.ts'
import { createSettleWithHost, type Host } from './settle-with-host.ts'
import { shortenWaits } from './shorten-waits.ts'
import type { RowMapper } from './snapshot.ts'
import type { StoreContext } from './store-context.ts'
import {
  createWriteSettlements,
  extendLeases,
  keepAccount,
  type RowWrite,
  type SettlementRow,
  settlementRow,
} from './write-settlements.ts'

export interface StoreOptions extends RowMapper {
  db: Kysely<Database>
  /** The schema that holds the tables. */
  schema: string
  leaseMs: number
  host?: Host | undefined
  /** The current trace, in the W3C's form. */
  traceparent?: (() => string | undefined) | undefined
  /** The name of this process, for the history. */
  replica?: string
  /** Whether the current work is for a request or for recovery. */
  by?: () => Actor['by']
  /** The names of the webhook endpoints; none by default. */
  endpoints?: readonly string[]
  /** Called after every batch. */
  onFlush?: (what: 'intents' | 'settlements', rows: number, seconds: number) => void
}

/** Registrations in PostgreSQL. */
export interface Store extends RegistrationStore {
  /**
   * @throws DatabaseUnavailable where no result can be written now
   * @throws RowTemporarilyUnwritable where this one can't be, while others can
   * @throws ResultUnwritable where this one can never be
   */
  settle(call: ClaimedCall | Claim, settlement: Settlement): Promise<Registration>
  /**
   * The same without reading the saved registration.
   *
   * @param how `apart`: in its own statement, so that its failure affects no batch
   * @throws as `settle`
   */
  write(call: ClaimedCall, settlement: Settlement, how?: { apart: boolean }): Promise<void>
  /** Restarts the leases of claims whose results are known and can't be written yet. */
  extendLeases(calls: readonly ClaimedCall[]): Promise<void>
  /** Takes due registrations, the most overdue first, and reserves them against other replicas for `reserveMs`. */
  takeDue(limit: number, reserveMs: number): Promise<Registration[]>
  countStuck(): Promise<number>
  /** The trace in which a registration began, if there was one. */
  findTraceparent(id: string): Promise<string | undefined>
  unfinished(): Promise<Unfinished>
  /** Shortens waits that are longer than the longest possible one, and reads the database's clock. */
  shortenWaits(): ReturnType<typeof shortenWaits>
  /** Deletes registrations that were begun longer than `ms` ago, at most `limit`. @returns how many; 0 while another replica does it */
  deleteOlder(ms: number, limit: number): Promise<number>
  /** The same for the records of calls alone. */
  deleteOldCalls(ms: number, limit: number): Promise<number>
}

/** Every registration has an intent and a settlement: these share commits with others. Everything else is a statement of its own. */
export function createStore({
  db,
  schema,
  leaseMs,
  host,
  traceparent = () => undefined,
  replica,
  by = () => undefined,
  endpoints = [],
  onFlush = () => undefined,
  ...mapper
}: StoreOptions): Store {
  const own = db.withSchema(schema)
  const context: StoreContext = { ...mapper, db: own, leaseMs, endpoints, actor: () => ({ replica, by: by() }) }
  const insertIntents = createInsertIntents(context)
  const runAlone = <Result>(chore: string, run: (trx: Kysely<Database>) => Promise<Result>) =>
    withAdvisoryLock(own, `registration ${chore} of ${schema}`, run)
  const writeSettlements = createWriteSettlements(own, endpoints)

  const insertAll = async (intents: ProvenIntent[]) => {
    const inserted = await insertIntents(intents)
    return intents.map(({ intent }) => inserted.has(intent.id))
  }
  const insert = createGroupCommit(togetherOrOneByOne(insertAll, isAway), (...flush) => onFlush('intents', ...flush))

  /** One statement would write either of two results for one registration. Each further one gets a statement of its own. */
  const writeAll = async (rows: SettlementRow[]): Promise<RowWrite[]> => {
    const firsts = new Map(rows.toReversed().map((row) => [row.id, row]))
    const done = await writeSettlements([...firsts.values()])
    const written: RowWrite[] = []
    for (const row of rows) {
      // One after the other, so that none waits for another one's lock.
      const write = firsts.get(row.id) === row ? done.get(row.id) : (await writeSettlements([row])).get(row.id)
      written.push(write ?? 'missed')
    }
    return written
  }
  const write = createGroupCommit(togetherOrOneByOne(writeAll, isAway), (...flush) => onFlush('settlements', ...flush))
  const settleWithHost = host && createSettleWithHost(host)

  /** @returns whether the result was written; false when it need not be. @throws RowTemporarilyUnwritable when another transaction has locked the row */
  async function isWritten(row: SettlementRow, done: RowWrite): Promise<boolean> {
    if (done !== 'missed') return done === 'written'
    // The row is locked, or there is none.
    await get(own, mapper, row.id)
    throw new RowTemporarilyUnwritable('another transaction has locked the row', { isBrief: true })
  }

  /** Writes one result. @returns whether it was written; false when a better result is saved already */
  async function writeOne(
    call: ClaimedCall | Claim,
    settlement: Settlement,
    { apart }: { apart: boolean },
  ): Promise<boolean> {
    const row = settlementRow(mapper.box, call, settlement)
    const writeApart = async (trx: Kysely<Database>) =>
      isWritten(row, (await writeSettlements([row], trx)).get(row.id) ?? 'missed')
    const writeHere = async () => {
      if (settleWithHost && tellsHost(settlement)) {
        return settleWithHost(async (trx) => {
          const ownTrx = trx.withSchema(schema)
          if (!(await writeApart(ownTrx))) return undefined
          return 'registration' in call ? applySettlement(call.registration, settlement) : get(ownTrx, mapper, call.id)
        })
      }
      return apart ? writeApart(own) : isWritten(row, await write(row))
    }
    const written = await writeHere()
    if (!written && settlement.to === 'succeeded_without_link' && settlement.answer) await keepAccount(own, row)
    return written
  }

  return {
    insertIntent: (intent, isProven = false) =>
      guarded(() => insertIntent(context, { intent, isProven, traceparent: traceparent() ?? null }, insert)),
    claim: (seen, claimId) => guarded(() => claim(context, seen, claimId)),
    settle: (call, settlement) =>
      sortErrors(async () => {
        const written = await writeOne(call, settlement, { apart: false })
        // Only the database knows how much is left of a lease that runs on.
        const leaseRunsOn = settlement.to === 'uncertain' && !settlement.leaseIsOver
        if (written && !leaseRunsOn && 'registration' in call) return applySettlement(call.registration, settlement)
        return get(own, mapper, call.id)
      }),
    write: (call, settlement, { apart } = { apart: false }) =>
      sortErrors(async () => {
        await writeOne(call, settlement, { apart })
      }),
    extendLeases: (calls) => guarded(() => extendLeases(own, leaseMs, calls)),
    closeRegistration: (seen, closure) =>
      guarded(async () => (await closeRegistration(context, seen, closure)) ?? get(own, mapper, seen.id)),
    findByKey: (hash) => guarded(() => findByKey(own, mapper, hash)),
    findLatestByEmail: (email) => guarded(() => findLatestByEmail(own, mapper, email)),
    takeDue: (limit, reserveMs) => guarded(() => takeDue(own, mapper, limit, reserveMs)),
    shortenWaits: () => guarded(() => shortenWaits(own, { leaseMs, pauseMs: LONGEST_PAUSE_MS })),
    deleteOlder: (ms, limit) => guarded(async () => (await runAlone('age', (trx) => deleteOlder(trx, ms, limit))) ?? 0),
    deleteOldCalls: (ms, limit) =>
      guarded(async () => (await runAlone('calls', (trx) => deleteOldCalls(trx, ms, limit))) ?? 0),
    findTraceparent: (id) => guarded(() => findTraceparent(own, id)),
    countStuck: () => guarded(() => countStuck(own)),
    unfinished: () => guarded(() => unfinished(own)),
    get: (id) => guarded(() => get(own, mapper, id)),
    showsEarlierAccount: (registration) => guarded(() => showsEarlierAccount(own, registration)),
  }
}

function tellsHost({ to }: Settlement): boolean {
  return to === 'succeeded' || to === 'succeeded_without_link' || to === 'rejected'
}

/** Sorts the errors of a write: the database is unavailable, this row can't be written now, or it can never be written. */
async function sortErrors<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (error instanceof RowTemporarilyUnwritable || error instanceof RegistrationGone) throw error
    if (isAway(error)) throw asDatabaseUnavailable(error)
    if (isBadData(error))
      throw new ResultUnwritable('the database can not take what is in the result', { cause: error })
    throw new RowTemporarilyUnwritable('the database refuses the row', { cause: error })
  }
}

async function guarded<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query()
  } catch (error) {
    throw asDatabaseUnavailable(error) ?? error
  }
}
