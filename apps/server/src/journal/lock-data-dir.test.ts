import { chmodSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { lockDataDir } from './lock-data-dir.ts'

const modeOf = (path: string) => statSync(path).mode & 0o777

describe('lockDataDir', () => {
  it('a second lock fails with the folder and the remedy', () => {
    using folder = temporaryFolder()
    const unlock = lockDataDir(folder.path)
    expect(() => lockDataDir(folder.path)).toThrow(
      `DATA_DIR (${folder.path}) is in use by another process, and two processes would drain one outage journal. ` +
        'Give each process its own.',
    )
    unlock()
    lockDataDir(folder.path)()
  })

  it('a missing folder is created for its owner only', () => {
    using folder = temporaryFolder()
    const dataDir = join(folder.path, 'new', 'data')
    lockDataDir(dataDir)()
    expect(modeOf(dataDir)).toBe(0o700)
    expect(modeOf(join(dataDir, 'process-lock'))).toBe(0o600)
  })

  it.each([
    ['the folder', '.', 0o755],
    ['the journal', 'outage-journal', 0o644],
    ['a key', 'development-encryption-key', 0o604],
    ['a folder that anybody may write to', '.', 0o1733],
  ])('%s is refused if other users can read it, with the command that changes it', (_, name, mode) => {
    using folder = temporaryFolder()
    const path = join(folder.path, name)
    if (name !== '.') writeFileSync(path, '')
    chmodSync(path, mode)
    expect(() => lockDataDir(folder.path)).toThrow(
      `DATA_DIR holds secrets, and other users may read ${path}. Run: chmod go= '${path}'`,
    )
    chmodSync(path, mode & 0o700)
    lockDataDir(folder.path)()
  })

  it('a folder and files that the process’s own group can read are accepted, as Kubernetes mounts a volume', () => {
    using folder = temporaryFolder()
    writeFileSync(join(folder.path, 'outage-journal'), '')
    chmodSync(join(folder.path, 'outage-journal'), 0o660)
    chmodSync(folder.path, 0o2770)
    lockDataDir(folder.path)()
  })

  it('a lock file that an earlier version made readable is corrected', () => {
    using folder = temporaryFolder()
    writeFileSync(join(folder.path, 'process-lock'), '', { mode: 0o644 })
    lockDataDir(folder.path)()
    expect(modeOf(join(folder.path, 'process-lock'))).toBe(0o600)
  })

  it('a lock file without a holder does not matter', () => {
    using folder = temporaryFolder()
    writeFileSync(join(folder.path, 'process-lock'), 'left behind')
    lockDataDir(folder.path)()
  })

  it('a folder that cannot be written is named', () => {
    using folder = temporaryFolder()
    const dataDir = join(folder.path, 'file')
    writeFileSync(dataDir, '')
    const remedy = 'Set DATA_DIR to a persistent folder that this process can write to.'
    expect(() => lockDataDir(dataDir)).toThrow(`DATA_DIR (${dataDir}) can't be written. ${remedy}`)
  })
})
