import { createResultWriter } from '../journal/create-result-writer.ts'
import { lockDataDir } from '../journal/lock-data-dir.ts'
import { createOutageJournal } from '../journal/outage-journal.ts'
import { processClock } from '../registration/clock.ts'
import { leaseMs } from '../registration/policy.ts'
import { checkKeys } from '../store/check-keys.ts'
import { createStore, type Store } from '../store/create-store.ts'
import { recordDrop } from '../store/operator/note-act.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { isConfirmed } from './is-confirmed.ts'
import type { OpenRegistrations } from './open-registrations.ts'
import { printJson } from './print-json.ts'
import type { Terminal } from './terminal.ts'

export interface JournalOptions {
  drain: boolean
  /** The id of a registration whose results are dropped. */
  drop?: string
  reason?: string
  by: string
  yes: boolean
}

/** Prints the results in the outage journal of DATA_DIR, writes them to the database (`drain`), or drops some (`drop`). */
export async function journalCommand(
  registrations: OpenRegistrations,
  terminal: Terminal,
  options: JournalOptions,
): Promise<ExitCode> {
  const { drain, drop, yes } = options
  if (drop !== undefined) return dropResults(registrations, terminal, { ...options, drop })
  const { config, box } = registrations
  const journal = createOutageJournal(config.dataDir, box)
  const { entries, unreadable } = journal.load()
  const keys = journal.keys()
  const waiting = entries.map(({ call, settlement }) => ({ id: call.id, attempt: call.attempt, result: settlement.to }))
  if (!drain) {
    printJson(terminal, { waiting, unreadable, keys })
    return EXIT.done
  }
  const warning = `${entries.length} results of ${config.dataDir} will be written to the database.`
  if (!yes && !(await isConfirmed(terminal, warning))) return EXIT.unconfirmed
  const left = await drainJournal(registrations, terminal, entries.length)
  printJson(terminal, { written: entries.length - left, left, unreadable, keys: journal.keys() })
  return left > 0 || unreadable > 0 ? EXIT.failed : EXIT.done
}

/** @throws Error while a server uses this DATA_DIR, because it has the journal's results in memory */
async function dropResults(
  { config, db, box }: OpenRegistrations,
  terminal: Terminal,
  { drop, reason, by, yes }: JournalOptions & { drop: string },
): Promise<ExitCode> {
  if (!reason) {
    terminal.err('--drop needs --reason, which is stored in the history.\n')
    return EXIT.misused
  }
  const unlock = lockDataDir(config.dataDir)
  try {
    const journal = createOutageJournal(config.dataDir, box)
    const { entries } = journal.load()
    const left = entries.filter(({ call }) => call.id !== drop)
    const dropped = entries.length - left.length
    if (dropped === 0) {
      terminal.err(`No result of the registration ${drop} waits in ${config.dataDir}.\n`)
      return EXIT.refused
    }
    const warning = `${dropped} results of the registration ${drop} will be dropped. This cannot be undone.`
    if (!yes && !(await isConfirmed(terminal, warning))) return EXIT.unconfirmed
    // Recorded first: if that fails, nothing is dropped.
    await recordDrop(db, { id: drop, by, reason })
    await journal.rewrite(() => left)
    printJson(terminal, { dropped, left: left.length })
    return EXIT.done
  } finally {
    unlock()
  }
}

/** @throws Error while a server uses this DATA_DIR, because it drains the journal itself */
async function drainJournal(
  { config, db, connection, box }: OpenRegistrations,
  terminal: Terminal,
  entries: number,
): Promise<number> {
  await checkKeys(db, box, { record: false })
  const unlock = lockDataDir(config.dataDir)
  try {
    const { databaseSchema: schema, replayForMs } = config
    const endpoints = config.webhooks.map(({ name }) => name)
    const rows = createStore({ db: connection, schema, box, leaseMs: leaseMs(config), replayForMs, endpoints })
    using bar = terminal.showBar?.('Writing results', entries)
    let settled = 0
    const withProgress: Store = {
      ...rows,
      async write(call, settlement) {
        await rows.write(call, settlement)
        bar?.update(++settled)
      },
    }
    const store = createResultWriter({
      store: withProgress,
      journal: createOutageJournal(config.dataDir, box),
      clock: processClock,
      leaseMs: leaseMs(config),
      listener: SILENT,
    })
    await store.open()
    await store.close()
    return store.waiting
  } finally {
    unlock()
  }
}

/** The command prints the number of results that are left, so the events needn't be logged. */
const SILENT = {
  journaled: () => undefined,
  refused: () => undefined,
  unwritable: () => undefined,
  gone: () => undefined,
  unreadable: () => undefined,
  drained: () => undefined,
  outdated: () => undefined,
}
