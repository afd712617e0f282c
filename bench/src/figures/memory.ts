import { type Contender, PLAIN_ROUTE, TRPC_ROUTE } from '../contender.ts'
import { BASELINE, BOUND, type Finding, findingOf, inRounds } from '../finding.ts'
import { forgetPeak, peakKiB, residentKiB } from '../proc.ts'
import type { Scale } from '../scale.ts'
import type { Stage } from '../stage.ts'
import { startPlain } from '../subjects/start-plain.ts'
import { startServer } from '../subjects/start-server.ts'
import { timedRun } from '../timed-run.ts'

/** What each request costs in memory while very many wait for a slow partner. Every sample is of a new process. */
export async function memory(stage: Stage, main: string, scale: Scale): Promise<Finding[]> {
  const { inFlight, slowPartnerMs } = scale
  const { partnerUrl, openDatabase } = stage
  // So many at once are more than the defaults let through.
  const env = { ...stage.env, PARTNER_CONCURRENCY: `${inFlight}`, MAX_IN_FLIGHT: `${4 * inFlight}` }
  const kinds = [
    {
      name: BASELINE,
      route: PLAIN_ROUTE,
      start: () => startPlain({ worker: './naive-server.ts', openDatabase, partnerUrl }),
    },
    {
      name: BOUND,
      route: PLAIN_ROUTE,
      start: () => startPlain({ worker: './bound-server.ts', openDatabase, partnerUrl }),
    },
    { name: 'tRPC', route: TRPC_ROUTE, start: () => startServer({ openDatabase, partnerUrl, main, env }) },
  ]
  const samples = await inRounds(scale.rounds, kinds, async ({ name, route, start }) => {
    await using subject = await start()
    return await perRequestKiB(stage, { name, route, subject }, scale)
  })
  const title = `memory per request in flight, ${inFlight} at once, partner ${slowPartnerMs / 1_000} s`
  return [findingOf({ title, unit: 'KiB' }, samples, (kib) => kib)]
}

async function perRequestKiB(stage: Stage, contender: Contender, scale: Scale): Promise<number> {
  const { inFlight, slowPartnerMs, warmUpRequests } = scale
  const { pid } = contender.subject
  await timedRun(stage, contender, { connections: 64, requests: warmUpRequests, partnerMs: 0 })
  forgetPeak(pid)
  const before = residentKiB(pid)
  await timedRun(stage, contender, { connections: inFlight, requests: inFlight, partnerMs: slowPartnerMs })
  return (peakKiB(pid) - before) / inFlight
}
