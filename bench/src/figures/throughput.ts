import type { Contender } from '../contender.ts'
import { type Finding, findingOf, type Target } from '../finding.ts'
import { inRounds } from '../in-rounds.ts'
import type { Scale } from '../scale.ts'
import type { Stage } from '../stage.ts'
import { timedRun } from '../timed-run.ts'

const CASES: readonly { partnerMs: number; throughput: Target; cpu?: Target }[] = [
  {
    partnerMs: 0,
    throughput: { of: 'ratio', bound: 3.5, stretch: 4.5, atLeast: true },
    cpu: { of: 'ratio', bound: 0.3, stretch: 0.22 },
  },
  { partnerMs: 20, throughput: { of: 'ratio', bound: 2.7, stretch: 4, atLeast: true } },
]

/** How many registrations a second, and what each costs the processor, when there are always more visitors. */
export async function throughput(stage: Stage, contenders: readonly Contender[], scale: Scale): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { partnerMs, throughput, cpu } of CASES) {
    const requests = new Map<Contender, number>()
    for (const contender of contenders) {
      const { perSecond } = await timedRun(stage, contender, { ...scale, requests: scale.warmUpRequests, partnerMs })
      requests.set(contender, Math.max(Math.round(perSecond * scale.secondsPerRun), scale.fewestRequests))
    }
    const samples = await inRounds(scale.rounds, contenders, (contender) =>
      timedRun(stage, contender, { ...scale, requests: requests.get(contender) ?? 0, partnerMs }),
    )
    const over = `${scale.connections} connections, partner ${partnerMs} ms`
    findings.push(
      findingOf({ title: `throughput, ${over}`, unit: 'req/s', target: throughput }, samples, (run) => run.perSecond),
      findingOf(
        { title: `CPU per row, ${over}`, unit: 'µs', ...(cpu ? { target: cpu } : {}) },
        samples,
        (run) => run.cpuUs,
      ),
      findingOf({ title: `of it PostgreSQL, ${over}`, unit: 'µs' }, samples, (run) => run.databaseCpuUs),
    )
  }
  return findings
}
