import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { startDatabase } from '../subjects/start-database.ts'

/** Where and when it is measured. */
export interface Circumstances {
  date: string
  machine: string
  node: string
  postgres: string
  /** How many processes wanted the processors over the last 1, 5 and 15 minutes. */
  load: string
}

/** To be asked before the measurement, which is a load of its own. */
export async function circumstances(): Promise<Circumstances> {
  await using database = await startDatabase(false)
  const gib = Math.round(totalmem() / 1024 ** 3)
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${gib} GiB`,
    node: process.versions.node,
    postgres: database.version,
    load: loadavg()
      .map((load) => load.toFixed(1))
      .join(', '),
  }
}
