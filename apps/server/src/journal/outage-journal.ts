import { mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { SecretBox } from '../store/secret-box.ts'
import type { JournalEntry } from './journal-entry.ts'

/** Results that wait for the database, on disk. */
export interface OutageJournal {
  /** What an earlier process left, and how many of its lines can't be read. */
  load(): { entries: JournalEntry[]; unreadable: number }
  /** The ids of the keys that its lines were encrypted with. */
  keys(): string[]
  /** Of its file. */
  size(): number
  /**
   * On disk, and flushed to it, when the promise resolves.
   *
   * @throws Error when the journal is full or the disk can't be written
   */
  append(entry: JournalEntry): Promise<void>
  /**
   * Replaces everything by what is left when its turn comes; lines that can't be read stay.
   *
   * @throws Error as `append`; the journal is as it was then
   */
  rewrite(left: () => readonly JournalEntry[]): Promise<void>
}

/** About 30,000 results: hours of an outage, and small enough for any volume. */
const MAX_BYTES = 32 * 1024 * 1024
const PLACE = 'outage-journal'
/**
 * `key:~secret=checksum`. The version before wrote neither mark nor checksum, and reads over both: to its decoder the mark is
 * no character, and the checksum comes after the end.
 */
const LINE = /^([\w.-]+):(~?)([\w-]{38,})(?:=([0-9a-f]{8}))?$/

/** The key that a line needs; undefined of what a sudden end tore. */
function keyOf(line: string): string | undefined {
  const [, key, mark, secret, checksum] = LINE.exec(line) ?? []
  if (secret === undefined) return undefined
  return mark === '' || checksum === checksumOf(`${key}:${secret}`) ? key : undefined
}

const checksumOf = (sealed: string) => crc32(sealed).toString(16).padStart(8, '0')

/**
 * One encrypted line an entry, in one file. Writes go one after the other; each is flushed before the next begins, and
 * what has gathered meanwhile goes together: many visitors may wait for a slow disk at once.
 */
export function createOutageJournal(dataDir: string, box: SecretBox, maxBytes = MAX_BYTES): OutageJournal {
  const file = join(dataDir, 'outage-journal')
  let unreadable: string[] = []
  let gathering: { lines: string[]; written: Promise<void> } | undefined
  let writing: Promise<unknown> = Promise.resolve()
  /**
   * Whether the file's name is known to be on disk. Not at first: the process that made the file may have ended before it
   * flushed the folder.
   */
  let isNameOnDisk = false

  function lineOf(entry: JournalEntry): string {
    const sealed = box.seal(JSON.stringify(entry), PLACE)
    return `${sealed.replace(':', ':~')}=${checksumOf(sealed)}\n`
  }

  /** A write that failed doesn't keep the next from being tried. */
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
      gathering ??= gather()
      gathering.lines.push(lineOf(entry))
      return gathering.written
    },
    rewrite: (left) =>
      inTurn(async () => {
        const content = [...unreadable.map((line) => `${line}\n`), ...left().map(lineOf)].join('')
        await flush(`${file}.new`, 'w', content, maxBytes)
        renameSync(`${file}.new`, file)
        isNameOnDisk = false
        await putNameOnDisk()
      }),
  }

  function gather() {
    const lines: string[] = []
    const written = inTurn(async () => {
      gathering = undefined
      // On a line of its own, whatever a torn write has left before it.
      await flush(file, 'a', `\n${lines.join('')}`, maxBytes)
      await putNameOnDisk()
    })
    return { lines, written }
  }

  async function putNameOnDisk(): Promise<void> {
    if (isNameOnDisk) return
    await flushFolder(dirname(file))
    isNameOnDisk = true
  }
}

function linesOf(file: string): string[] {
  mkdirSync(dirname(file), { recursive: true })
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

/** A new name is on disk only once its folder is. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
