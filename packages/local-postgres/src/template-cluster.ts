import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { cacheFolders } from './cache-folders.ts'
import { INITDB_OPTIONS } from './create-cluster.ts'
import { ensureCluster } from './ensure-cluster.ts'
import { findPlatformPackage } from './find-platform-package.ts'
import type { Binaries } from './prepare-binaries.ts'

/**
 * A cluster that was never started, for throw-away ones to be copied from. It is made once for each user and each way of
 * making it, since that takes a second of the processor's time.
 */
export async function templateCluster(binaries: Binaries): Promise<{ cluster: string; password: string }> {
  const way = createHash('sha256').update(INITDB_OPTIONS.join()).digest('hex').slice(0, 8)
  const name = `${findPlatformPackage().version}-template-${process.getuid?.()}-${way}`
  const problems: unknown[] = []
  for (const cache of cacheFolders()) {
    try {
      return await ensureCluster({ binaries, dataDir: join(cache, name), fsync: false })
    } catch (error) {
      problems.push(error)
    }
  }
  throw new AggregateError(problems, 'There is no place for the template of throw-away databases.')
}
