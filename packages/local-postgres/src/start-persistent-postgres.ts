import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { clusterFolder } from './cluster-folder.ts'
import { clusterPassword } from './cluster-password.ts'
import { createCluster } from './create-cluster.ts'
import { disownDeadPostmaster } from './disown-dead-postmaster.ts'
import type { LocalPostgres } from './local-postgres.ts'
import { prepareBinaries } from './prepare-binaries.ts'
import { runCluster } from './run-cluster.ts'
import { vacateCluster } from './vacate-cluster.ts'

/** What PostgreSQL says where it finds what a killed server left: its lock file, or children about to notice its death. */
const remnant = /lock file "postmaster.pid" already exists|shared memory block .* is still in use/
const remnantMs = 10_000

/**
 * Starts the PostgreSQL whose data are in `<dataDir>/postgres`, and makes it first where there is none. What was
 * committed is found again, whatever ended the last run.
 *
 * Its password is made once and kept in `<dataDir>/postgres-password`; what it has to say goes to `<dataDir>/postgres.log`.
 *
 * @throws at once where a living process already runs it, naming the folder and the process
 */
export async function startPersistentPostgres(options: { dataDir: string }): Promise<LocalPostgres> {
  const dataDir = resolve(options.dataDir)
  const cluster = clusterFolder(dataDir)
  const binaries = prepareBinaries()
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const password = clusterPassword(dataDir)

  if (!existsSync(cluster)) {
    // Made beside its place and moved there whole: a start that dies half-way leaves nothing that looks like a
    // database, and of two first starts at once one wins.
    const unfinished = mkdtempSync(`${cluster}-new-`)
    try {
      await createCluster({ binaries, cluster: unfinished, password, fsync: true })
      renameSync(unfinished, cluster)
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true })
      if (!existsSync(cluster)) throw error
    }
  }
  for (const startedAt = Date.now(); ; await sleep(100)) {
    await vacateCluster(cluster)
    try {
      return await runCluster({ binaries, cluster, settings: {}, logFile: join(dataDir, 'postgres.log') }, password)
    } catch (error) {
      if (!remnant.test(String(error)) || Date.now() - startedAt > remnantMs) throw error
      disownDeadPostmaster(cluster)
    }
  }
}
