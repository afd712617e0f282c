import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import extensions from 'fs-native-extensions'

/**
 * Makes this process the only one on its `DATA_DIR`. The operating system holds the lock and frees it however the
 * process ends, so that none is ever left behind.
 *
 * @returns what gives it up again
 * @throws Error when another process has it, or the folder can't be written
 */
export function lockDataDir(dataDir: string): () => void {
  const folder = resolve(dataDir)
  let fd: number
  try {
    mkdirSync(folder, { recursive: true })
    fd = openSync(join(folder, 'process-lock'), 'a')
  } catch (cause) {
    const remedy = 'Set DATA_DIR to a folder that this process may write to and that outlives it.'
    throw new Error(`DATA_DIR (${folder}) can't be written. ${remedy}`, { cause })
  }
  if (extensions.tryLock(fd)) return () => closeSync(fd)
  closeSync(fd)
  const reason = 'two processes would drain one outage journal'
  throw new Error(`DATA_DIR (${folder}) is in use by another process, and ${reason}. Give each process its own.`)
}
