import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { closeSync, openSync, statSync } from 'node:fs'

const isRoot = process.getuid?.() === 0

/**
 * Starts a program of PostgreSQL's on a cluster, as the owner of the cluster's folder: PostgreSQL refuses to run as root.
 *
 * That owner may be unable to reach the folder by its path, which may lie below somebody's home. On Linux, root therefore hands
 * the opened folder over and names it by its descriptor.
 *
 * The environment is PostgreSQL's alone: nothing of this process's leaks into it, and no PG* variable bends it.
 */
export function spawnOnCluster(
  cluster: string,
  command: string,
  args: readonly string[],
): ChildProcessWithoutNullStreams {
  const { uid, gid } = statSync(cluster)
  const byDescriptor = isRoot && process.platform === 'linux'
  const folder = openSync(cluster, 'r')
  try {
    return spawn(command, args, {
      ...(isRoot ? { uid, gid } : {}),
      cwd: '/',
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC', PGDATA: byDescriptor ? '/proc/self/fd/3' : cluster },
      stdio: ['pipe', 'pipe', 'pipe', folder],
      // In a process group of its own: Ctrl-C is for the process that uses the database, which may have work to finish.
      detached: true,
    }) as ChildProcessWithoutNullStreams
  } finally {
    closeSync(folder)
  }
}
