// `npm run chaos -- --duration 10m --seed 42`: the long forms of the server's chaos suites, one after the other. Each prints its
// figures; a broken invariant makes it exit 1. The same seed sends the same visitors and does the same harm, as far as
// processes that die allow. Further arguments choose among the suites, by the beginnings of their files' names:
// `npm run chaos -- processes-kills`.
import './end-with-parent.ts'
import { parseArgs } from 'node:util'
import { runStep } from './run-step.ts'

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 }
/** The duration is that of the load. On top of it come starts, recovery after the load, and suites without a load. */
const BESIDE_MS = 30 * 60_000

const { duration, seed, suites } = wishes()
const durationMs = durationOf(duration)
process.env['CHAOS_DURATION_MS'] = String(durationMs)
process.env['CHAOS_SEED'] = seed
process.env['REGISTRATION_BUILT'] = 'true'
const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupt.abort())
const { signal } = interrupt

process.stdout.write(`Chaos for ${duration} with seed ${seed}.\n`)
const build = await runStep(['node', 'scripts/build.cjs'], { minutes: 10, signal, show: true })
process.exitCode = build.code === 0 && (await runSuites()) === 0 ? 0 : 1

/** Not side by side: each suite's figures are its own. */
async function runSuites(): Promise<number | null> {
  const vitest = ['node', '--import', './scripts/end-with-parent.ts', 'node_modules/vitest/vitest.mjs', 'run'] as const
  const limitMs = durationMs + BESIDE_MS
  const options = ['--project=server', '--no-file-parallelism', '--reporter=verbose', `--testTimeout=${limitMs}`]
  // The folder of all suites is the beginning of every name.
  const filters = (suites.length > 0 ? suites : ['']).map((suite) => `apps/server/test/chaos/${suite}`)
  const { code } = await runStep([...vitest, ...options, ...filters], { minutes: limitMs / 60_000, signal, show: true })
  return code
}

function wishes(): { duration: string; seed: string; suites: string[] } {
  try {
    const { values, positionals } = parseArgs({
      options: { duration: { type: 'string', default: '10m' }, seed: { type: 'string', default: '1' } },
      allowPositionals: true,
    })
    if (!/^\d+$/.test(values.seed)) throw new Error(`--seed ${values.seed} is no whole number.`)
    return { ...values, suites: positionals }
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

function durationOf(text: string): number {
  const [, amount, unit = ''] = /^(\d+)(s|m|h)$/.exec(text) ?? []
  return amount
    ? Number(amount) * (UNITS_MS[unit] ?? 0)
    : refuse(`--duration ${text} is no duration such as 90s, 10m or 1h.`)
}

function refuse(problem: string): never {
  process.stderr.write(`${problem} Use: npm run chaos -- [--duration 10m] [--seed 1] [suite …]\n`)
  process.exit(1)
}
