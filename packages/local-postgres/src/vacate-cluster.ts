import { setTimeout as sleep } from 'node:timers/promises'
import { findPostmaster } from './find-postmaster.ts'
import { findProcessName } from './find-process-name.ts'

/** A shutdown writes everything to disk first; on a slow one that takes its time. */
const shutdownMs = 60_000

/**
 * Makes sure that no server runs on the cluster. One whose starter has died is about to end, and is waited for.
 *
 * @throws at once where the starter is alive
 */
export async function vacateCluster(cluster: string): Promise<void> {
  for (const startedAt = Date.now(); ; await sleep(50)) {
    const postmaster = findPostmaster(cluster)
    if (!postmaster) return
    const { pid, startedBy, status } = postmaster
    const orphaned = startedBy !== undefined && findProcessName(startedBy) === undefined
    if ((orphaned || status === 'stopping') && Date.now() - startedAt < shutdownMs) continue
    throw new Error(
      `The PostgreSQL in ${cluster} is already running: process ${pid}${startedBy ? `, started by process ${startedBy}` : ''}. ` +
        'Stop that process first, or give this one a folder of its own (DATA_DIR) or another database (DATABASE_URL).',
    )
  }
}
