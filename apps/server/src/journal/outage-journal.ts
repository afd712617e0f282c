import { mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { SecretBox } from '../store/secret-box.ts'
import type { JournalEntry } from './journal-entry.ts'

/** A file of results that wait for the database. */
export interface OutageJournal {
  /** Reads the entries that an earlier process left, and counts the unreadable lines. */
  load(): { entries: JournalEntry[]; unreadable: number }
  /** The ids of the keys that decrypt its lines. */
  keys(): string[]
  /** The file's size in bytes. */
  size(): number
  /**
   * Writes an entry. It is flushed to disk when the promise resolves.
   *
   * @throws Error if the journal is full or the disk can't be written
   */
  append(entry: JournalEntry): Promise<void>
  /**
   * Replaces all entries with the result of `left`, which is called when the write's turn comes. Unreadable lines stay.
   *
   * @throws Error as `append`; the journal is unchanged then
   */
  rewrite(left: () => readonly JournalEntry[]): Promise<void>
}

/** About 30,000 results: hours of an outage. */
const MAX_BYTES = 32 * 1024 * 1024
const PLACE = 'outage-journal'
/**
 * The format of a line: `key:~secret=checksum`. Version 0.1 wrote neither `~` nor the checksum, and ignores both when it
 * reads: its base64 decoder skips the `~` and stops at the `=`.
 */
const LINE = /^([\w.-]+):(~?)([\w-]{38,})(?:=([0-9a-f]{8}))?$/

/** The id of the key that decrypts a line; undefined if a crash truncated it. */
function keyOf(line: string): string | undefined {
  const [, key, mark, secret, checksum] = LINE.exec(line) ?? []
  if (secret === undefined) return undefined
  return mark === '' || checksum === checksumOf(`${key}:${secret}`) ? key : undefined
}

const checksumOf = (sealed: string) => crc32(sealed).toString(16).padStart(8, '0')

/**
 * Creates a journal with one encrypted line per entry, in one file. Writes are sequential and flushed. Entries that arrive
 * during a write are written together in the next one, since many visitors may wait for a slow disk.
 */
export function createOutageJournal(dataDir: string, box: SecretBox, maxBytes = MAX_BYTES): OutageJournal {
  const file = join(dataDir, 'outage-journal')
  let unreadable: string[] = []
  let nextBatch: { lines: string[]; written: Promise<void> } | undefined
  let writing: Promise<unknown> = Promise.resolve()
  /**
   * Whether the file's directory entry is known to be flushed. False at first, since the process that created the file may
   * have crashed before it flushed the folder.
   */
  let isDirectoryEntryFlushed = false

  function lineOf(entry: JournalEntry): string {
    const sealed = box.seal(JSON.stringify(entry), PLACE)
    return `${sealed.replace(':', ':~')}=${checksumOf(sealed)}\n`
  }

  /** Runs writes one after the other, also after a failed one. */
  function inTurn<T>(write: () => Promise<T>): Promise<T> {
    const turn = writing.then(write, write)
    writing = turn
    return turn
  }

  return {
    load() {
      const entries: JournalEntry[] = []
      unreadable = []
      for (const line of linesOf(file)) {
        try {
          entries.push(JSON.parse(box.open(line, PLACE)))
        } catch {
          unreadable.push(line)
        }
      }
      return { entries, unreadable: unreadable.length }
    },
    keys: () => [...new Set(linesOf(file).flatMap((line) => keyOf(line) ?? []))],
    size: () => statSync(file, { throwIfNoEntry: false })?.size ?? 0,
    append(entry) {
      nextBatch ??= startBatch()
      nextBatch.lines.push(lineOf(entry))
      return nextBatch.written
    },
    rewrite: (left) =>
      inTurn(async () => {
        const content = [...unreadable.map((line) => `${line}\n`), ...left().map(lineOf)].join('')
        await flush(`${file}.new`, 'w', content, maxBytes)
        renameSync(`${file}.new`, file)
        isDirectoryEntryFlushed = false
        await flushDirectoryEntry()
      }),
  }

  function startBatch() {
    const lines: string[] = []
    const written = inTurn(async () => {
      nextBatch = undefined
      // Begins with a line break, because a crash may have left a partial line.
      await flush(file, 'a', `\n${lines.join('')}`, maxBytes)
      await flushDirectoryEntry()
    })
    return { lines, written }
  }

  async function flushDirectoryEntry(): Promise<void> {
    if (isDirectoryEntryFlushed) return
    await flushFolder(dirname(file))
    isDirectoryEntryFlushed = true
  }
}

function linesOf(file: string): string[] {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function flush(file: string, flags: 'a' | 'w', content: string, maxBytes: number): Promise<void> {
  const handle = await open(file, flags, 0o600)
  try {
    const { size } = await handle.stat()
    if (size + content.length > maxBytes) throw new Error(`The outage journal is full: it may have ${maxBytes} bytes.`)
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A new file survives a crash only after its folder was flushed. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
