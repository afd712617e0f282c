import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { clusterFolder } from './cluster-folder.ts'
import { findPostmaster } from './find-postmaster.ts'
import { postgresUrl } from './postgres-url.ts'

/** The superuser's URL of the persistent PostgreSQL running in `dataDir`, whoever started it; `undefined` where none accepts connections. */
export function findRunningPostgres(dataDir: string): string | undefined {
  const postmaster = findPostmaster(clusterFolder(dataDir))
  if (postmaster?.status !== 'ready') return undefined
  return postgresUrl(postmaster.port, readFileSync(join(dataDir, 'postgres-password'), 'utf8'))
}
