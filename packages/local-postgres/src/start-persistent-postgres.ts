import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { clusterFolder, ensureCluster } from './cluster.ts'
import type { LocalPostgres } from './local-postgres.ts'
import { findPostmaster, findProcessName } from './postmaster.ts'
import { prepareBinaries } from './prepare-binaries.ts'
import { postgresUrl, runCluster } from './run-cluster.ts'

/** PostgreSQL's errors over leftovers of a killed server: its lock file, or child processes that are still ending. */
const LEFTOVER = /lock file "postmaster.pid" already exists|shared memory block .* is still in use/
const LEFTOVER_MS = 10_000

/**
 * Starts the PostgreSQL in `<dataDir>/postgres`, and creates it at the first start. Committed data survive whatever ended the
 * previous run.
 *
 * The password is generated once and kept in `<dataDir>/postgres-password`; the server's log is `<dataDir>/postgres.log`.
 *
 * @throws at once if another live process runs it, naming the folder and both processes
 */
export async function startPersistentPostgres(options: { dataDir: string }): Promise<LocalPostgres> {
  const dataDir = resolve(options.dataDir)
  const binaries = prepareBinaries()
  const { cluster, password } = await ensureCluster({ binaries, dataDir, fsync: true })
  for (const startedAt = Date.now(); ; await sleep(100)) {
    await waitUntilStopped(cluster)
    try {
      return await runCluster({ binaries, cluster, settings: {}, logFile: join(dataDir, 'postgres.log') }, password)
    } catch (error) {
      if (!LEFTOVER.test(String(error)) || Date.now() - startedAt > LEFTOVER_MS) throw error
      invalidateStaleLock(cluster)
    }
  }
}

/** Returns the superuser's URL of the PostgreSQL that runs in `dataDir`, in any process; `undefined` if none accepts connections. */
export function findRunningPostgres(dataDir: string): string | undefined {
  const postmaster = findPostmaster(clusterFolder(dataDir))
  if (postmaster?.status !== 'ready') return undefined
  return postgresUrl(postmaster.port, readFileSync(join(dataDir, 'postgres-password'), 'utf8'))
}

/** A shutdown first writes everything to disk, which may be slow. */
const SHUTDOWN_MS = 60_000

/**
 * Waits until no server runs on the cluster. A server ends by itself after the process that started it has died.
 *
 * @throws at once if that process is alive
 */
async function waitUntilStopped(cluster: string): Promise<void> {
  for (const startedAt = Date.now(); ; await sleep(50)) {
    const postmaster = findPostmaster(cluster)
    if (!postmaster) return
    const { pid, startedBy, status } = postmaster
    const orphaned = startedBy !== undefined && findProcessName(startedBy) === undefined
    if ((orphaned || status === 'stopping') && Date.now() - startedAt < SHUTDOWN_MS) continue
    throw new Error(
      `The PostgreSQL in ${cluster} is already running: process ${pid}${startedBy ? `, started by process ${startedBy}` : ''}. ` +
        'Stop that process first, or give this one a folder of its own (DATA_DIR) or another database (DATABASE_URL).',
    )
  }
}

/** Higher than any process number on Linux and macOS. */
const UNUSED_PID = 2 ** 31 - 1

/**
 * Invalidates the lock file of a dead server.
 *
 * PostgreSQL takes the lock as held if any process has the number in it, such as a zombie, or npm in a restarted container.
 * Only the number is replaced: PostgreSQL still checks the shared memory named in the file, so it still notices child
 * processes of the dead server.
 */
function invalidateStaleLock(cluster: string): void {
  const lockFile = join(cluster, 'postmaster.pid')
  if (!existsSync(lockFile) || findPostmaster(cluster)) return
  writeFileSync(lockFile, readFileSync(lockFile, 'utf8').replace(/^\d+/, String(UNUSED_PID)))
}
