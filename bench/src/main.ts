// `npm run bench`: measures the built server against a naive route, prints the figures, and publishes those of a whole run in docs/.
import '../../scripts/end-with-parent.ts'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { runStep } from '../../scripts/run-step.ts'
import { type BenchOptions, FIGURES, parseOptions, USAGE } from './parse-options.ts'
import { chart, circumstances, markdown, publish } from './report.ts'
import { runBenchmark } from './run-benchmark.ts'

const MAIN = fileURLToPath(new URL('../../apps/server/dist/main.js', import.meta.url))
const DOCS = fileURLToPath(new URL('../../docs', import.meta.url))

const interrupt = new AbortController()
const { signal } = interrupt
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupt.abort())

try {
  // An interrupted run ends with this process.
  await Promise.race([bench(optionsOrExit()), once(signal, 'abort')])
  process.exit(signal.aborted ? 130 : 0)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  process.exit(1)
}

function optionsOrExit(): BenchOptions {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}\n`)
    process.exit(1)
  }
}

async function bench(options: BenchOptions): Promise<void> {
  const build = ['node', 'scripts/build.cjs', '--filter=@registration/server', '--output-logs=errors-only'] as const
  const { code, output } = await runStep(build, { minutes: 10, signal })
  if (code !== 0) throw new Error(`The build failed.\n${output}`)
  const where = await circumstances()
  const findings = await runBenchmark(options, MAIN, (figure) => process.stderr.write(`${figure}…\n`))
  const table = markdown(findings, options.scale, where)
  process.stdout.write(`\n${table}`)
  const isWhole = options.scale.name === 'long' && options.figures === FIGURES
  if (!isWhole || options.against !== undefined || options.events) return
  publish(DOCS, table, chart(findings))
  // The linter wants tables in columns.
  await runStep(['biome', 'format', '--write', DOCS], { minutes: 1, signal })
}
