import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What belongs to the running server alone: its log and its slots, its lock file, and what was set while it ran. */
const LEFT_OUT = ['pg_wal', 'pg_replslot', 'pg_stat_tmp', 'postmaster.pid', 'postmaster.opts', 'postgresql.auto.conf']
/** PostgreSQL fills them, and doesn't make them. */
const EMPTY_FOLDERS = ['pg_wal', 'pg_wal/archive_status', 'pg_replslot', 'pg_stat_tmp']

/**
 * Copies a cluster into an empty folder, which belongs to the same user from then on.
 *
 * @param options.running whether its server runs, which must be in backup mode then
 */
export function copyCluster(from: string, to: string, { running }: { running: boolean }): void {
  const { uid, gid } = statSync(from)
  const own = (path: string) => chownSync(path, uid, gid)
  const makeFolder = (folder: string) => {
    mkdirSync(folder, { mode: 0o700 })
    own(folder)
  }
  const copyFolder = (source: string, target: string, leftOut: readonly string[] = []) => {
    for (const entry of readdirSync(source, { withFileTypes: true })) {
      if (leftOut.includes(entry.name)) continue
      const path = join(source, entry.name)
      const copy = join(target, entry.name)
      if (entry.isDirectory()) {
        makeFolder(copy)
        copyFolder(path, copy)
      } else if (copyFile(path, copy)) own(copy)
    }
  }
  own(to)
  chmodSync(to, 0o700)
  copyFolder(from, to, running ? LEFT_OUT : [])
  if (running) for (const folder of EMPTY_FOLDERS) makeFolder(join(to, folder))
}

/** Of a running server's files one may go meanwhile. What became of it is in the server's log. */
function copyFile(from: string, to: string): boolean {
  try {
    copyFileSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
