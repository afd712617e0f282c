import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import extensions from 'fs-native-extensions'

/**
 * Locks `DATA_DIR` for this process. The operating system releases the lock however the process ends, so no stale lock
 * remains.
 *
 * @returns a function that releases the lock
 * @throws Error if another process has the lock, or the folder can't be written
 */
export function lockDataDir(dataDir: string): () => void {
  const folder = resolve(dataDir)
  let fd: number
  try {
    mkdirSync(folder, { recursive: true })
    fd = openSync(join(folder, 'process-lock'), 'a')
  } catch (cause) {
    const remedy = 'Set DATA_DIR to a persistent folder that this process can write to.'
    throw new Error(`DATA_DIR (${folder}) can't be written. ${remedy}`, { cause })
  }
  if (extensions.tryLock(fd)) return () => closeSync(fd)
  closeSync(fd)
  const reason = 'two processes would drain one outage journal'
  throw new Error(`DATA_DIR (${folder}) is in use by another process, and ${reason}. Give each process its own.`)
}
