import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findPostmaster } from './find-postmaster.ts'

/** Above every process number that Linux or macOS hands out. */
const nobodysPid = 2 ** 31 - 1

/**
 * Makes a lock file that outlived its server harmless.
 *
 * PostgreSQL believes such a file whenever some process has the number in it, a zombie or the npm of a restarted
 * container included. Only the number is replaced: PostgreSQL still checks the shared memory named in the same file,
 * and so still notices children of the dead server.
 */
export function disownDeadPostmaster(cluster: string): void {
  const lockFile = join(cluster, 'postmaster.pid')
  if (!existsSync(lockFile) || findPostmaster(cluster)) return
  writeFileSync(lockFile, readFileSync(lockFile, 'utf8').replace(/^\d+/, String(nobodysPid)))
}
