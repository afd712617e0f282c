import { join, resolve } from 'node:path'

/** Where the persistent PostgreSQL of a data folder keeps its files. */
export function clusterFolder(dataDir: string): string {
  return join(resolve(dataDir), 'postgres')
}
