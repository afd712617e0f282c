import type { Contender } from '../contender.ts'
import { type Finding, findingOf, inRounds } from '../finding.ts'
import type { Scale } from '../scale.ts'
import type { Stage } from '../stage.ts'
import { timedRun } from '../timed-run.ts'

/** Long enough that the machine rests between two requests of a connection. */
const PARTNER_MS = 20
const CONNECTIONS = [1, 8]

interface Added {
  p50Ms: number
  p99Ms: number
}

/** What a visitor waits longer than the partner itself takes, while the server has time to spare. */
export async function latency(stage: Stage, contenders: readonly Contender[], scale: Scale): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const connections of CONNECTIONS) {
    const requests = connections * scale.requestsPerConnection
    const samples = await inRounds(scale.rounds, contenders, async (contender): Promise<Added> => {
      await stage.partner.ask({ latencyMs: PARTNER_MS })
      // Right before, since the machine's mood changes.
      const partner = await stage.generator.ask({
        url: `${stage.partnerUrl}/register`,
        connections,
        requests,
        visitors: { prefix: stage.nextPrefix() },
      })
      const { p50Ms, p99Ms } = await timedRun(stage, contender, { connections, requests, partnerMs: PARTNER_MS })
      return { p50Ms: p50Ms - partner.p50Ms, p99Ms: p99Ms - partner.p50Ms }
    })
    const over = connections === 1 ? '1 connection' : `${connections} connections`
    findings.push(
      findingOf({ title: `added latency p50, ${over}`, unit: 'ms' }, samples, (added) => added.p50Ms),
      findingOf({ title: `added latency p99, ${over}`, unit: 'ms' }, samples, (added) => added.p99Ms),
    )
  }
  return findings
}
