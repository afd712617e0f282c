import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { childEnvironment, ensureBuilt } from '@registration/test-harness'
import { expect, it } from 'vitest'
import { KNOWN_FIGURES } from '../src/parse-options.ts'
import { chart, markdown } from '../src/report.ts'
import { runBenchmark } from '../src/run-benchmark.ts'
import { SCALES } from '../src/scale.ts'

const MAIN = fileURLToPath(new URL('../../apps/server/dist/main.js', import.meta.url))

// Where the processor time is read from.
it.runIf(existsSync('/proc/self/stat'))(
  'measures every figure of every contender, and counts nobody lost',
  async () => {
    ensureBuilt()
    // A run whose answers, rows and accounts differ would throw.
    const findings = await runBenchmark(
      { scale: SCALES.tiny, figures: KNOWN_FIGURES, events: true, env: childEnvironment() },
      MAIN,
      () => undefined,
    )
    const all = ['naive', 'bound', 'tRPC', 'REST', 'tRPC, proof', 'tRPC, events']
    const of = (title: RegExp) => findings.filter((finding) => title.test(finding.title))
    for (const title of [/^throughput/, /^CPU per row, /, /^added latency p50/, /^added latency p99/]) {
      expect(of(title).map(({ values }) => values.map(({ contender }) => contender))).toEqual([all, all])
    }
    expect(of(/^memory per request/)[0]?.values.map(({ contender }) => contender)).toEqual(['naive', 'bound', 'tRPC'])
    expect(of(/grows/)[0]?.values.map(({ contender }) => contender)).toEqual(['100 rows', '300 rows'])
    expect(of(/^list: |^retention: /).length).toBeGreaterThan(10)
    expect(of(/^start-up|^memory at rest/)).toHaveLength(2)
    expect(findings.flatMap(({ values }) => values.filter(({ value }) => !Number.isFinite(value)))).toEqual([])

    const where = { date: '', machine: '', node: '', postgres: '', load: '' }
    expect(markdown(findings, SCALES.tiny, where).match(/^\| throughput/gm)).toHaveLength(2)
    expect(chart(findings)).toContain('tRPC, proof')
  },
)
