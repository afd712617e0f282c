import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clusterFolder, copyCluster, templateCluster } from '../../src/cluster.ts'
import { prepareBinaries } from '../../src/prepare-binaries.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A data folder as the first start leaves it, for what is about later ones: making a database takes a second. */
export async function usedDataDir(): Promise<string> {
  const dataDir = temporaryFolder()
  const { cluster, password } = await templateCluster(prepareBinaries())
  writeFileSync(join(dataDir, 'postgres-password'), password, { mode: 0o600 })
  mkdirSync(clusterFolder(dataDir))
  await copyCluster(cluster, clusterFolder(dataDir), { running: false })
  return dataDir
}
