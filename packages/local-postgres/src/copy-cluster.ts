import { chmod, chown, copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What belongs to the running server alone: its log and its slots, its lock file, and what was set while it ran. */
const LEFT_OUT = ['pg_wal', 'pg_replslot', 'pg_stat_tmp', 'postmaster.pid', 'postmaster.opts', 'postgresql.auto.conf']
/** PostgreSQL fills them, and doesn't make them. */
const EMPTY_FOLDERS = ['pg_wal', 'pg_wal/archive_status', 'pg_replslot', 'pg_stat_tmp']

/**
 * Copies a cluster into an empty folder, which belongs to the same user from then on. Asynchronously: on a busy machine it takes
 * ten seconds, in which other tests of the same process have to go on.
 *
 * @param options.running whether its server runs, which must be in backup mode then
 */
export async function copyCluster(from: string, to: string, { running }: { running: boolean }): Promise<void> {
  const { uid, gid } = await stat(from)
  async function makeFolder(folder: string): Promise<void> {
    await mkdir(folder, { mode: 0o700 })
    await chown(folder, uid, gid)
  }
  async function copyFolder(source: string, target: string, leftOut: readonly string[] = []): Promise<void> {
    const entries = await readdir(source, { withFileTypes: true })
    const copyEntry = async (entry: (typeof entries)[number]) => {
      const path = join(source, entry.name)
      const copy = join(target, entry.name)
      if (entry.isDirectory()) {
        await makeFolder(copy)
        await copyFolder(path, copy)
      } else if (await copyOneFile(path, copy)) await chown(copy, uid, gid)
    }
    await Promise.all(entries.filter(({ name }) => !leftOut.includes(name)).map(copyEntry))
  }
  await chown(to, uid, gid)
  await chmod(to, 0o700)
  await copyFolder(from, to, running ? LEFT_OUT : [])
  if (running) for (const folder of EMPTY_FOLDERS) await makeFolder(join(to, folder))
}

/** Of a running server's files one may go meanwhile. What became of it is in the server's log. */
async function copyOneFile(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
