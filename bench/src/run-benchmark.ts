import { randomBytes } from 'node:crypto'
import { type Contender, PLAIN_ROUTE, REST_ROUTE, TRPC_ROUTE } from './contender.ts'
import { growth } from './figures/growth.ts'
import { latency } from './figures/latency.ts'
import { memory } from './figures/memory.ts'
import { plans } from './figures/plans.ts'
import { startUp } from './figures/start-up.ts'
import { throughput } from './figures/throughput.ts'
import { BASELINE, BOUND, type Finding } from './finding.ts'
import type { BenchOptions } from './parse-options.ts'
import { type Stage, startStage } from './stage.ts'
import { startPlain } from './subjects/start-plain.ts'
import { startServer, startTellingServer } from './subjects/start-server.ts'

/**
 * Measures, figure by figure.
 *
 * @param main the built `main.js` of the server
 * @param told hears of each figure when it is begun
 */
export async function runBenchmark(
  options: BenchOptions,
  main: string,
  told: (figure: string) => void,
): Promise<Finding[]> {
  const { scale, figures } = options
  const wanted = figures.filter((figure) => figure === 'throughput' || figure === 'latency')
  await using stage = await startStage(scale, options.env)
  const findings: Finding[] = []
  if (wanted.length > 0) {
    await using started = new AsyncDisposableStack()
    const contenders = await startContenders(stage, options, main, started)
    for (const figure of wanted) {
      told(figure)
      findings.push(...(await (figure === 'latency' ? latency : throughput)(stage, contenders, scale)))
    }
  }
  for (const [figure, measure] of Object.entries({ memory, growth, 'start-up': startUp, plans })) {
    if (!figures.includes(figure as (typeof figures)[number])) continue
    told(figure)
    findings.push(...(await measure(stage, main, scale)))
  }
  return findings
}

/** Everybody who takes turns, each with a database of its own; the REST route shares the server of the tRPC route. */
async function startContenders(
  { partnerUrl, openDatabase, env }: Stage,
  { against, events, profileDir }: BenchOptions,
  main: string,
  started: AsyncDisposableStack,
): Promise<Contender[]> {
  const proofSecret = randomBytes(32).toString('hex')
  const options = { openDatabase, partnerUrl, main, env, profileDir }
  const [naive, bound, server, proving, other, telling] = await Promise.all([
    startPlain({ worker: './naive-server.ts', openDatabase, partnerUrl }).then((it) => started.use(it)),
    startPlain({ worker: './bound-server.ts', openDatabase, partnerUrl }).then((it) => started.use(it)),
    startServer(options).then((it) => started.use(it)),
    startServer({ ...options, proofSecret }).then((it) => started.use(it)),
    against === undefined ? undefined : startServer({ ...options, main: against }).then((it) => started.use(it)),
    events ? startTellingServer(options).then((it) => started.use(it)) : undefined,
  ])
  return [
    { name: BASELINE, subject: naive, route: PLAIN_ROUTE },
    { name: BOUND, subject: bound, route: PLAIN_ROUTE },
    { name: 'tRPC', subject: server, route: TRPC_ROUTE },
    { name: 'REST', subject: server, route: REST_ROUTE },
    { name: 'tRPC, proof', subject: proving, route: TRPC_ROUTE, proofSecret },
    ...(telling === undefined ? [] : [{ name: 'tRPC, events', subject: telling, route: TRPC_ROUTE }]),
    ...(other === undefined ? [] : [{ name: 'tRPC, other build', subject: other, route: TRPC_ROUTE }]),
  ]
}
