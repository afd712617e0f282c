import { setTimeout as pause } from 'node:timers/promises'
import { type Finding, findingOf, inRounds } from '../finding.ts'
import { residentKiB } from '../proc.ts'
import type { Scale } from '../scale.ts'
import type { Stage } from '../stage.ts'
import { startServerOn } from '../subjects/start-server.ts'
import { fillTable } from './fill-table.ts'

const KIB_PER_MIB = 1_024

/** From the process's start to the first `/readyz` that says so, on a database that is up to date; and the memory then. */
export async function startUp(stage: Stage, main: string, scale: Scale): Promise<Finding[]> {
  const { rowsBefore, atRestAfterMs } = scale
  const { partnerUrl, env } = stage
  await using database = await stage.openDatabase()
  // The first start makes the tables.
  await (await startServerOn(database, { partnerUrl, main, env }))[Symbol.asyncDispose]()
  await fillTable(database.client, rowsBefore)
  const samples = await inRounds(scale.rounds, [{ name: 'server' }], async () => {
    await using server = await startServerOn(database, { partnerUrl, main, env })
    const { readyMs } = server
    await pause(atRestAfterMs)
    return { readyMs, restMiB: residentKiB(server.pid) / KIB_PER_MIB }
  })
  return [
    findingOf({ title: 'start-up on an existing database', unit: 'ms' }, samples, (start) => start.readyMs),
    findingOf({ title: 'memory at rest', unit: 'MiB' }, samples, (start) => start.restMiB),
  ]
}
