import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { createSecretBox, type EncryptionKey } from '../store/secret-box.ts'
import type { JournalEntry } from './journal-entry.ts'
import { createOutageJournal } from './outage-journal.ts'

const key: EncryptionKey = { id: 'k1', key: Buffer.alloc(32, 1) }
const otherKey: EncryptionKey = { id: 'k2', key: Buffer.alloc(32, 2) }

/** Longer than code takes that doesn't wait for the disk. */
const DISK_MS = 50

const depositUrl = 'https://partner.example/deposit?token=a1b2c3'

/** A result that created an account. */
function resultOf(id: string): JournalEntry {
  const answer = { success: true, domain: 'partner.example', login: 'ann-7', password: 'pass-7' }
  return { call: { id, attempt: 1 }, settlement: { to: 'succeeded', answer, depositUrl } }
}

async function prototypeOfFiles(anyFile: string): Promise<FileHandle> {
  const handle = await open(anyFile, 'a')
  await handle.close()
  return Object.getPrototypeOf(handle) as FileHandle
}

/** Records file operations from now on, on a slow disk. */
async function noteWhatIsDone(anyFile: string): Promise<string[]> {
  const done: string[] = []
  const files = await prototypeOfFiles(anyFile)
  for (const what of ['writeFile', 'sync'] as const) {
    const original = files[what] as (...args: unknown[]) => Promise<void>
    const spy = vi.spyOn(files, what).mockImplementation(async function (this: FileHandle, ...args: unknown[]) {
      done.push(`${what} begins`)
      await original.apply(this, args)
      await pause(DISK_MS)
      done.push(`${what} ends`)
    })
    onTestFinished(() => spy.mockRestore())
  }
  return done
}

const [ann, bob, eve] = [resultOf('ann'), resultOf('bob'), resultOf('eve')]

describe('createOutageJournal', () => {
  let dataDir: string
  let file: string
  beforeEach(() => {
    const folder = temporaryFolder()
    onTestFinished(() => folder[Symbol.dispose]())
    dataDir = folder.path
    file = join(dataDir, 'outage-journal')
  })

  /** The journal as the next process opens it. */
  const journal = (keys: [EncryptionKey, ...EncryptionKey[]] = [key], maxBytes?: number) =>
    createOutageJournal(dataDir, createSecretBox(keys), maxBytes)

  it('the next process reads the appended entries in order', async () => {
    const own = journal()
    await Promise.all([own.append(ann), own.append(bob)])
    await own.append(eve)
    expect(journal().load()).toEqual({ entries: [ann, bob, eve], unreadable: 0 })
  })

  it('a journal without a file is empty', () => {
    rmSync(dataDir, { recursive: true })
    expect(journal().load()).toEqual({ entries: [], unreadable: 0 })
  })

  it('the file is encrypted and readable by its owner only', async () => {
    await journal().append(ann)
    const content = readFileSync(file, 'utf8')
    for (const secret of [ann.call.id, 'ann-7', 'pass-7', 'token', 'partner.example']) {
      expect(content).not.toContain(secret)
      expect(Buffer.from(content, 'base64url').toString('latin1')).not.toContain(secret)
    }
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('append resolves after the entry is written and flushed', async () => {
    const own = journal()
    const done = await noteWhatIsDone(file)
    // A new file survives a crash only after its folder was flushed.
    const written = ['writeFile begins', 'writeFile ends', 'sync begins', 'sync ends', 'sync begins', 'sync ends']
    await own.append(ann)
    expect(done).toEqual(written)
    await own.rewrite(() => [bob])
    expect(done).toEqual([...written, ...written])
  })

  it('the folder is flushed with the first result of each process, also if another process created the file', async () => {
    const written = ['writeFile begins', 'writeFile ends', 'sync begins', 'sync ends']
    const done = await noteWhatIsDone(`${file}.another`)
    for (const own of [journal(), journal()]) {
      done.length = 0
      await own.append(ann)
      expect(done).toEqual([...written, 'sync begins', 'sync ends'])
      done.length = 0
      await own.append(bob)
      expect(done).toEqual(written)
    }
  })

  it('a result is not safe while the folder cannot be flushed', async () => {
    const own = journal()
    await own.append(ann)
    const files = await prototypeOfFiles(file)
    const sync = files.sync
    let syncs = 0
    // The first flush is the new file's, the second its folder's.
    const spy = vi.spyOn(files, 'sync').mockImplementation(async function (this: FileHandle) {
      if (++syncs === 2) throw new Error('the folder can not be flushed')
      await sync.call(this)
    })
    onTestFinished(() => spy.mockRestore())
    await expect(own.rewrite(() => [bob])).rejects.toThrow('the folder can not be flushed')
    // Until the folder is flushed, a crash restores the old file, without entries appended since.
    await own.append(eve)
    expect(syncs).toBe(4)
  })

  it('a rewrite interrupted by a crash changes nothing', async () => {
    const own = journal()
    await own.append(ann)
    writeFileSync(`${file}.new`, 'half of a line\n')
    await own.rewrite(() => [ann])
    expect(journal().load()).toEqual({ entries: [ann], unreadable: 0 })
  })

  it('an unreadable file is an error and not an empty journal', () => {
    mkdirSync(file)
    expect(() => journal().load()).toThrow('EISDIR')
  })

  it('the ids of the needed keys are listed', async () => {
    await journal([otherKey]).append(ann)
    await journal([key]).append(bob)
    appendFileSync(file, 'nothing of ours\n')
    expect(journal().keys()).toEqual(['k2', 'k1'])
  })

  it('a rewrite keeps exactly the entries that are left', async () => {
    const own = journal()
    await Promise.all([own.append(ann), own.append(bob)])
    await own.rewrite(() => [bob])
    expect(journal().load().entries).toEqual([bob])
    await own.rewrite(() => [])
    expect(statSync(file).size).toBe(0)
  })

  it('an entry appended while a rewrite waits for its turn is kept', async () => {
    const own = journal()
    const left: JournalEntry[] = []
    const append = (entry: JournalEntry) => {
      left.push(entry)
      return own.append(entry)
    }
    await Promise.all([append(ann), append(bob), own.rewrite(() => left), append(eve)])
    expect(
      new Set(
        journal()
          .load()
          .entries.map(({ call }) => call.id),
      ),
    ).toEqual(new Set(['ann', 'bob', 'eve']))
  })

  it('a crash loses only the truncated entry, and the next one is complete', async () => {
    const own = journal()
    await Promise.all([own.append(ann), own.append(bob)])
    truncateSync(file, statSync(file).size - 20)
    const next = journal()
    expect(next.load()).toEqual({ entries: [ann], unreadable: 1 })
    await next.append(eve)
    expect(journal().load()).toEqual({ entries: [ann, eve], unreadable: 1 })
  })

  it('lines whose key is not listed are kept, also in a rewrite, until it is listed', async () => {
    await journal([otherKey]).append(ann)
    const own = journal([key])
    await own.append(bob)
    expect(own.load()).toEqual({ entries: [bob], unreadable: 1 })
    await own.rewrite(() => [])
    expect(journal([key, otherKey]).load()).toEqual({ entries: [ann], unreadable: 0 })
  })

  it('lines in another format are unreadable', async () => {
    await journal().append(ann)
    appendFileSync(file, 'k1:AAAA\nnothing of ours\n')
    expect(journal().load()).toEqual({ entries: [ann], unreadable: 2 })
  })

  it('an entry beyond the maximum size is refused, including what an earlier process left', async () => {
    await journal().append(ann)
    const { size } = statSync(file)
    const own = journal([key], 2 * size)
    await own.append(bob)
    await expect(own.append(eve)).rejects.toThrow(`The outage journal is full: it may have ${2 * size} bytes.`)
    await expect(own.rewrite(() => [ann, bob, eve])).rejects.toThrow('is full')
    expect(journal().load().entries).toEqual([ann, bob])
    await own.rewrite(() => [bob])
    await own.append(eve)
    expect(journal().load().entries).toEqual([bob, eve])
  })

  it('a failed write has its reason, and the next one is tried again', async () => {
    const own = journal()
    mkdirSync(file)
    await expect(own.append(ann)).rejects.toThrow('EISDIR')
    await expect(own.rewrite(() => [ann])).rejects.toThrow('EISDIR')
    rmSync(file, { recursive: true })
    await own.append(bob)
    expect(journal().load().entries).toEqual([bob])
  })

  it('a truncated line needs no key, wherever it was cut', async () => {
    using folder = temporaryFolder()
    const retired = createSecretBox([{ id: 'retired', key: Buffer.alloc(32, 1) }])
    await createOutageJournal(folder.path, retired).append(resultOf('ann'))
    const file = join(folder.path, 'outage-journal')
    const whole = readFileSync(file)
    for (let bytes = 0; bytes < whole.length - 1; bytes++) {
      writeFileSync(file, whole.subarray(0, bytes))
      const journal = createOutageJournal(folder.path, createSecretBox([{ id: 'new', key: Buffer.alloc(32, 2) }]))
      expect({ bytes, keys: journal.keys() }).toEqual({ bytes, keys: [] })
      // A line written behind a truncated one doesn't complete it.
      await journal.append(resultOf('bob'))
      expect({ bytes, keys: journal.keys(), entries: journal.load().entries }).toEqual({
        bytes,
        keys: ['new'],
        entries: [resultOf('bob')],
      })
    }
  })

  it('a truncated file has all complete lines before the cut, and needs only their keys', async () => {
    using folder = temporaryFolder()
    const keys = [key, otherKey, { id: 'k3', key: Buffer.alloc(32, 3) }] as const
    const file = join(folder.path, 'outage-journal')
    const entries = [ann, bob, eve]
    /** Where each line ends, without its line break. */
    const ends: number[] = []
    for (const [index, each] of keys.entries()) {
      await createOutageJournal(folder.path, createSecretBox([each])).append(entries[index] ?? ann)
      ends.push(statSync(file).size - 1)
    }
    const whole = readFileSync(file)
    const all = createOutageJournal(folder.path, createSecretBox([...keys] as [EncryptionKey, ...EncryptionKey[]]))
    for (let bytes = 0; bytes <= whole.length; bytes++) {
      writeFileSync(file, whole.subarray(0, bytes))
      const left = ends.filter((end) => end <= bytes).length
      expect({ bytes, keys: all.keys() }).toEqual({ bytes, keys: keys.slice(0, left).map(({ id }) => id) })
      // A line truncated within its checksum is still readable.
      expect(all.load().entries.slice(0, left)).toEqual(entries.slice(0, left))
    }
  })

  it('a corrupted line needs no key, also if the key’s id is corrupted', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'outage-journal')
    const journal = createOutageJournal(folder.path, createSecretBox([key]))
    await journal.append(ann)
    writeFileSync(file, readFileSync(file, 'utf8').replace('k1:', 'kX:'))
    expect(journal.keys()).toEqual([])
  })

  it('lines of the previous version are read, and need their key', async () => {
    using folder = temporaryFolder()
    const box = createSecretBox([{ id: 'k1', key: Buffer.alloc(32, 1) }])
    const line = box.seal(JSON.stringify(resultOf('ann')), 'outage-journal')
    writeFileSync(join(folder.path, 'outage-journal'), `\n${line}\n`)
    const journal = createOutageJournal(folder.path, box)
    await journal.append(resultOf('bob'))
    expect(journal.load().entries).toEqual([resultOf('ann'), resultOf('bob')])
    expect(journal.keys()).toEqual(['k1'])
  })
})
