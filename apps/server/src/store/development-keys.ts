import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EncryptionKey } from './secret-box.ts'

/** The key that development gets without asking: made once, and kept beside the data that it encrypts. */
export function developmentKeys(dataDir: string): readonly [EncryptionKey] {
  const file = join(dataDir, 'development-encryption-key')
  mkdirSync(dataDir, { recursive: true })
  try {
    // Fails where another process was faster; that one's key is the key then.
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return [{ id: 'development', key: Buffer.from(readFileSync(file, 'utf8'), 'base64') }]
}
