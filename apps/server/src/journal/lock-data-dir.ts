import { closeSync, fchmodSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import extensions from 'fs-native-extensions'

const LOCK_FILE = 'process-lock'
/** Files with secrets. Others, such as an operator's log, are not this server's. */
const SECRET_FILE = /^(outage-journal|development-encryption-key)/

/**
 * Locks `DATA_DIR` for this process. The operating system releases the lock however the process ends, so no stale lock
 * remains.
 *
 * @returns a function that releases the lock
 * @throws Error if another process has the lock, the folder can't be written, or other users can read it
 */
export function lockDataDir(dataDir: string): () => void {
  const folder = resolve(dataDir)
  let fd: number
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    fd = openSync(join(folder, LOCK_FILE), 'a', 0o600)
    fchmodSync(fd, 0o600)
  } catch (cause) {
    const remedy = 'Set DATA_DIR to a persistent folder that this process can write to.'
    throw new Error(`DATA_DIR (${folder}) can't be written. ${remedy}`, { cause })
  }
  const exposed = exposedPaths(folder)
  if (exposed.length > 0) {
    closeSync(fd)
    const remedy = `chmod go= ${exposed.map((path) => `'${path}'`).join(' ')}`
    throw new Error(`DATA_DIR holds secrets, and other users may read ${exposed.join(', ')}. Run: ${remedy}`)
  }
  if (extensions.tryLock(fd)) return () => closeSync(fd)
  closeSync(fd)
  const reason = 'two processes would drain one outage journal'
  throw new Error(`DATA_DIR (${folder}) is in use by another process, and ${reason}. Give each process its own.`)
}

/**
 * The folder and the files with secrets in it that other users can read or write. The process's own group may, because Kubernetes gives a
 * volume to the group of `fsGroup`.
 */
function exposedPaths(folder: string): string[] {
  // Windows has no modes.
  if (process.platform === 'win32') return []
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && SECRET_FILE.test(entry.name),
  )
  return [folder, ...files.map(({ name }) => join(folder, name))].filter((path) => {
    const { mode, gid } = statSync(path)
    return (mode & (gid === process.getgid?.() ? 0o007 : 0o077)) !== 0
  })
}
