import type { Contender } from './contender.ts'
import { familyCpuMs } from './proc.ts'
import type { Stage } from './stage.ts'
import type { Load } from './workers/load-generator.ts'

export interface RunOptions {
  connections: number
  requests: number
  /** How long the partner takes for each call. */
  partnerMs: number
}

/** What one run gave. Processor times are per finished registration, in microseconds. */
export interface TimedRun {
  perSecond: number
  p50Ms: number
  p99Ms: number
  cpuUs: number
  /** The database's part of it. */
  databaseCpuUs: number
}

/**
 * Lets unique visitors register, and counts: each has one answer, one row and one account, by one call.
 *
 * @throws Error where they differ; a contender that loses somebody has no speed
 */
export async function timedRun(stage: Stage, contender: Contender, options: RunOptions): Promise<TimedRun> {
  const { subject, route, proofSecret } = contender
  const { connections, requests, partnerMs } = options
  const prefix = stage.nextPrefix()
  const before = { ...(await stage.partner.ask({ latencyMs: partnerMs })), ...cpuOf(contender) }
  const load = await stage.generator.ask({
    url: subject.origin + route,
    connections,
    requests,
    visitors: { prefix, ...(proofSecret === undefined ? {} : { proofSecret }) },
  })
  await subject.untilDone?.()
  const cpu = cpuOf(contender)
  const after = await stage.partner.ask({ latencyMs: partnerMs })
  assertCounts(contender, requests, load, {
    rows: await subject.countRows(prefix),
    calls: after.calls - before.calls,
    accounts: after.accounts - before.accounts,
  })
  const perRowUs = (ms: number) => (ms * 1_000) / requests
  const databaseCpuUs = perRowUs(cpu.databaseMs - before.databaseMs)
  return {
    perSecond: requests / load.seconds,
    p50Ms: load.p50Ms,
    p99Ms: load.p99Ms,
    cpuUs: perRowUs(cpu.serverMs - before.serverMs) + databaseCpuUs,
    databaseCpuUs,
  }
}

function cpuOf({ subject }: Contender): { serverMs: number; databaseMs: number } {
  return { serverMs: familyCpuMs(subject.pid), databaseMs: subject.database.cpuMs() }
}

function assertCounts(
  { name }: Contender,
  requests: number,
  { answered, refused }: Load,
  counts: { rows: number; calls: number; accounts: number },
): void {
  if ([answered, ...Object.values(counts)].every((count) => count === requests)) return
  const found = JSON.stringify({ answered, refused, ...counts })
  throw new Error(`${name}: ${requests} visitors must have as many answers, rows, calls and accounts, not ${found}.`)
}
