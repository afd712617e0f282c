import { TRPC_ROUTE } from '../contender.ts'
import { type Finding, findingOf, inRounds } from '../finding.ts'
import type { Scale } from '../scale.ts'
import type { Stage } from '../stage.ts'
import { startServer } from '../subjects/start-server.ts'
import { timedRun } from '../timed-run.ts'
import { fillTable } from './fill-table.ts'

/** Whether a registration costs more where very many lie already: two servers side by side, one with few and one with many. */
export async function growth(stage: Stage, main: string, scale: Scale): Promise<Finding[]> {
  const { rowsBefore, rowsAfter, fewestRequests, warmUpRequests } = scale
  const { partnerUrl, openDatabase, env } = stage
  await using started = new AsyncDisposableStack()
  const [few, many] = await Promise.all(
    [rowsBefore, rowsAfter].map(async (rows) => {
      const subject = started.use(await startServer({ openDatabase, partnerUrl, main, env }))
      await fillTable(subject.database.client, rows)
      return subject
    }),
  )
  if (!few || !many) throw new Error('Two servers were asked for.')
  const contenders = [
    { name: inWords(rowsBefore), subject: few, route: TRPC_ROUTE },
    { name: inWords(rowsAfter), subject: many, route: TRPC_ROUTE },
  ]
  for (const contender of contenders) {
    await timedRun(stage, contender, { ...scale, requests: warmUpRequests, partnerMs: 0 })
  }
  // As many for both, so that the small table stays small.
  const samples = await inRounds(scale.rounds, contenders, (contender) =>
    timedRun(stage, contender, { ...scale, requests: 2 * fewestRequests, partnerMs: 0 }),
  )
  const title = 'CPU per row as the table grows'
  return [findingOf({ title, unit: 'µs' }, samples, (run) => run.cpuUs, inWords(rowsBefore))]
}

function inWords(rows: number): string {
  return `${rows.toLocaleString('en')} rows`
}
