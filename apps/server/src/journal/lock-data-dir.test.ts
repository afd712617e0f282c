import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { lockDataDir } from './lock-data-dir.ts'

describe('lockDataDir', () => {
  it('lets one in at a time, and names the folder and the remedy to the other', () => {
    using folder = temporaryFolder()
    const unlock = lockDataDir(folder.path)
    expect(() => lockDataDir(folder.path)).toThrow(
      `DATA_DIR (${folder.path}) is in use by another process, and two processes would drain one outage journal. ` +
        'Give each process its own.',
    )
    unlock()
    lockDataDir(folder.path)()
  })

  it('makes the folder where there is none', () => {
    using folder = temporaryFolder()
    lockDataDir(join(folder.path, 'new', 'data'))()
  })

  it('takes no notice of a lock file that nobody holds', () => {
    using folder = temporaryFolder()
    writeFileSync(join(folder.path, 'process-lock'), 'left behind')
    lockDataDir(folder.path)()
  })

  it('says which folder can not be written', () => {
    using folder = temporaryFolder()
    const dataDir = join(folder.path, 'file')
    writeFileSync(dataDir, '')
    const remedy = 'Set DATA_DIR to a folder that this process may write to and that outlives it.'
    expect(() => lockDataDir(dataDir)).toThrow(`DATA_DIR (${dataDir}) can't be written. ${remedy}`)
  })
})
