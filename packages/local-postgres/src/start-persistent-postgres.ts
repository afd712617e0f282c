import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { disownDeadPostmaster } from './disown-dead-postmaster.ts'
import { ensureCluster } from './ensure-cluster.ts'
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
  const binaries = prepareBinaries()
  const { cluster, password } = await ensureCluster({ binaries, dataDir, fsync: true })
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
