import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { clusterFolder } from './cluster-folder.ts'
import { clusterPassword } from './cluster-password.ts'
import { createCluster } from './create-cluster.ts'
import type { Binaries } from './prepare-binaries.ts'

/** Makes the cluster of a data folder where there is none yet, and tells where it is and which password it has. */
export async function ensureCluster(options: {
  binaries: Binaries
  dataDir: string
  fsync: boolean
}): Promise<{ cluster: string; password: string }> {
  const { binaries, dataDir, fsync } = options
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const cluster = clusterFolder(dataDir)
  const password = clusterPassword(dataDir)
  if (existsSync(cluster)) return { cluster, password }
  // Made beside its place and moved there whole: a start that dies half-way leaves nothing that looks like a
  // database, and of two first starts at once one wins.
  const unfinished = mkdtempSync(`${cluster}-new-`)
  try {
    await createCluster({ binaries, cluster: unfinished, password, fsync })
    renameSync(unfinished, cluster)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(cluster)) throw error
  }
  return { cluster, password }
}
