import type { Kysely, Transaction } from 'kysely'
import { applySettlement } from '../registration/apply-settlement.ts'
import type { Doer } from '../registration/history-event.ts'
import type { Registration } from '../registration/registration.ts'
import type { Claim, ClaimedCall, RegistrationStore } from '../registration/registration-store.ts'
import { LONGEST_PAUSE_MS } from '../registration/retry-pauses.ts'
import type { Settlement } from '../registration/settlement.ts'
import { alone } from './alone.ts'
import { begin } from './begin.ts'
import { claim } from './claim.ts'
import { conclude } from './conclude.ts'
import type { Database } from './database.ts'
import { asDatabaseUnavailable, isAway } from './database-errors.ts'
import { deleteOlder } from './delete-older.ts'
import { countStuck, takeDue, type Unfinished, unfinished } from './due.ts'
import { findByKey, findLatestByEmail, findTraceparent, get, showsEarlierAccount } from './find.ts'
import { createGroupCommit, togetherOrOneByOne } from './group-commit.ts'
import { createInsertIntents, type ProvenIntent } from './insert-intents.ts'
import { deleteOldCalls } from './registration-calls.ts'
import { type SettlementRow, settlementRow } from './settlement-row.ts'
import { shortenWaits } from './shorten-waits.ts'
import type { Reader } from './snapshot.ts'
import { createWriteSettlements, keepAccount } from './write-settlements.ts'

/**
 * Runs in the transaction that settles a registration as `succeeded`, `succeeded_without_link` or `rejected`: what it
 * writes is committed with it, or neither is. A link that turns up later settles a registration once more. What a command
 * writes (`resolve`, `journal --drain`) calls none: it doesn't run in the host.
 */
export type OnSettled = {
  // A method's parameters may be narrower: a host declares its own `Transaction<HostDatabase>` without a cast.
  onSettled(trx: Transaction<object>, registration: Registration): Promise<void>
}['onSettled']

export interface StoreOptions extends Reader {
  db: Kysely<Database>
  /** The schema that holds the tables. */
  schema: string
  leaseMs: number
  onSettled?: OnSettled | undefined
  /** The trace that is being worked in. */
  traceparent?: (() => string | undefined) | undefined
  /** The name of this process, for the history. */
  replica?: string
  /** On whose account something is being done. */
  by?: () => Doer['by']
  /** The names of the apps that are told of what happens; none by default. */
  endpoints?: readonly string[]
  /** Told of every batch. */
  onFlush?: (what: 'intents' | 'settlements', rows: number, seconds: number) => void
}

/** Registrations in PostgreSQL. */
export interface Store extends RegistrationStore {
  settle(call: ClaimedCall | Claim, settlement: Settlement): Promise<Registration>
  /** Takes registrations that are due, the most overdue first, and keeps other replicas from them for `reserveMs`. */
  takeDue(limit: number, reserveMs: number): Promise<Registration[]>
  countStuck(): Promise<number>
  /** The trace that a registration began in, if it did so in one. */
  findTraceparent(id: string): Promise<string | undefined>
  unfinished(): Promise<Unfinished>
  /** Shortens waits that are longer than any can be, and tells the time. */
  shortenWaits(): ReturnType<typeof shortenWaits>
  /** Deletes what was begun longer than `ms` ago, at most `limit` of it; says how many. None while another replica is at it. */
  deleteOlder(ms: number, limit: number): Promise<number>
  /** The same of what is noted of calls alone. */
  deleteOldCalls(ms: number, limit: number): Promise<number>
}

/** Intents and settlements, which every registration has one of, share their commits; the rest goes by itself. */
export function createStore({
  db,
  schema,
  leaseMs,
  onSettled,
  traceparent = () => undefined,
  replica,
  by = () => undefined,
  endpoints = [],
  onFlush = () => undefined,
  ...reader
}: StoreOptions): Store {
  const own = db.withSchema(schema)
  const insertIntents = createInsertIntents(own, { leaseMs, replayForMs: reader.replayForMs }, replica)
  const runAlone = <Result>(chore: string, run: (trx: Kysely<Database>) => Promise<Result>) =>
    alone(own, `registration ${chore} of ${schema}`, run)
  const doer = (): Doer => ({ replica, by: by() })
  const writeSettlements = createWriteSettlements(own, endpoints)

  const insertAll = async (intents: ProvenIntent[]) => {
    const inserted = await insertIntents(intents)
    return intents.map(({ intent }) => inserted.has(intent.id))
  }
  const insert = createGroupCommit(togetherOrOneByOne(insertAll, isAway), (...flush) => onFlush('intents', ...flush))

  /** Of two results for one registration, a statement would take either: the second has a statement of its own. */
  const writeAll = async (rows: SettlementRow[]) => {
    const firsts = new Map(rows.toReversed().map((row) => [row.id, row]))
    const written = await writeSettlements([...firsts.values()])
    const isWritten = async (row: SettlementRow) => (await writeSettlements([row])).has(row.id)
    return Promise.all(rows.map((row) => (firsts.get(row.id) === row ? written.has(row.id) : isWritten(row))))
  }
  const write = createGroupCommit(togetherOrOneByOne(writeAll, isAway), (...flush) => onFlush('settlements', ...flush))

  /** A host's own writes belong to one settlement, so it has a transaction of its own. */
  async function writeWithHost(call: ClaimedCall | Claim, settlement: Settlement, host: OnSettled): Promise<boolean> {
    return db.transaction().execute(async (trx) => {
      const ownTrx = trx.withSchema(schema)
      const written = await writeSettlements([settlementRow(reader.box, call, settlement)], ownTrx)
      if (!written.has(call.id)) return false
      const registration = 'registration' in call ? applySettlement(call.registration, settlement) : undefined
      // The host's transaction knows nothing of our schema, so that its queries find its own tables.
      const hostTrx = trx as unknown as Transaction<object>
      if (tellsHost(settlement)) await host(hostTrx, registration ?? (await get(ownTrx, reader, call.id)))
      return true
    })
  }

  return {
    begin: (intent, isProven = false) =>
      guarded(() => begin(own, reader, leaseMs, doer(), { intent, isProven, traceparent: traceparent() }, insert)),
    claim: (seen, claimId) => guarded(() => claim(own, reader, leaseMs, doer(), seen, claimId)),
    settle: (call, settlement) =>
      guarded(async () => {
        const row = settlementRow(reader.box, call, settlement)
        const written = onSettled ? await writeWithHost(call, settlement, onSettled) : await write(row)
        if (!written && settlement.to === 'succeeded_without_link' && settlement.answer) await keepAccount(own, row)
        // How much is left of a lease that runs on, the database alone knows.
        const leaseRunsOn = settlement.to === 'uncertain' && !settlement.leaseIsOver
        if (written && !leaseRunsOn && 'registration' in call) return applySettlement(call.registration, settlement)
        return get(own, reader, call.id)
      }),
    conclude: (seen, conclusion) =>
      guarded(
        async () => (await conclude(own, reader, endpoints, doer(), seen, conclusion)) ?? get(own, reader, seen.id),
      ),
    findByKey: (hash) => guarded(() => findByKey(own, reader, hash)),
    findLatestByEmail: (email) => guarded(() => findLatestByEmail(own, reader, email)),
    takeDue: (limit, reserveMs) => guarded(() => takeDue(own, reader, limit, reserveMs)),
    shortenWaits: () => guarded(() => shortenWaits(own, { leaseMs, pauseMs: LONGEST_PAUSE_MS })),
    deleteOlder: (ms, limit) => guarded(async () => (await runAlone('age', (trx) => deleteOlder(trx, ms, limit))) ?? 0),
    deleteOldCalls: (ms, limit) =>
      guarded(async () => (await runAlone('calls', (trx) => deleteOldCalls(trx, ms, limit))) ?? 0),
    findTraceparent: (id) => guarded(() => findTraceparent(own, id)),
    countStuck: () => guarded(() => countStuck(own)),
    unfinished: () => guarded(() => unfinished(own)),
    get: (id) => guarded(() => get(own, reader, id)),
    showsEarlierAccount: (registration) => guarded(() => showsEarlierAccount(own, registration)),
  }
}

function tellsHost({ to }: Settlement): boolean {
  return to === 'succeeded' || to === 'succeeded_without_link' || to === 'rejected'
}

async function guarded<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query()
  } catch (error) {
    throw asDatabaseUnavailable(error) ?? error
  }
}
