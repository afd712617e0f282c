import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { lockDataDir } from './lock-data-dir.ts'

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

  it('a missing folder is created', () => {
    using folder = temporaryFolder()
    lockDataDir(join(folder.path, 'new', 'data'))()
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
