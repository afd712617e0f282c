import type { Contender } from '../contender.ts'
import { type Finding, findingOf, inRounds } from '../finding.ts'
import type { Scale } from '../scale.ts'
import type { Stage } from '../stage.ts'
import { timedRun } from '../timed-run.ts'

const PARTNER_MS = [0, 20]

/** How many registrations a second, and what each costs the processor, when there are always more visitors. */
export async function throughput(stage: Stage, contenders: readonly Contender[], scale: Scale): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const partnerMs of PARTNER_MS) {
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
      findingOf({ title: `throughput, ${over}`, unit: 'req/s' }, samples, (run) => run.perSecond),
      findingOf({ title: `CPU per row, ${over}`, unit: 'µs' }, samples, (run) => run.cpuUs),
      findingOf({ title: `of it PostgreSQL, ${over}`, unit: 'µs' }, samples, (run) => run.databaseCpuUs),
    )
  }
  return findings
}
