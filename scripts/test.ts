// `npm test`: everything that must hold, one line a step. Each check and each test counts one in the last line,
// `N passed, N failed`. Arguments choose among the tests, as vitest's own do: `npm test -- recovery`.
import './end-with-parent.ts'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startReaper } from '@registration/test-harness/reaper'
import { countTests, type TestReport } from './count-tests.ts'
import { runStep } from './run-step.ts'

// Each of some hundred processes would compile the same modules again.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../node_modules/.cache/compiled')

/** What still runs then hangs: the slowest machine needs a fifth of it. */
const CHECK_MINUTES = 30
const TESTS_MINUTES = 80
const SOURCES = ['apps', 'packages', 'bench', 'scripts']

const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupt.abort())
const { signal } = interrupt

let passed = 0
let failed = 0
const table: string[] = []
const isBuilt = await check('build', ['node', 'scripts/build.cjs', '--output-logs=errors-only'])
// Side by side: the tests leave a quarter of two processors idle.
if (isBuilt) await Promise.all([checkSources(), test(process.argv.slice(2))])
else process.stdout.write('Nothing else was checked: the rest needs what is built.\n')
process.stdout.write(`\n${table.join('')}${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1

async function checkSources(): Promise<void> {
  await check('typecheck', ['turbo', 'run', 'typecheck', '--output-logs=errors-only'])
  await check('lint', ['biome', 'check', '--error-on-warnings'])
  await check('boundaries', ['depcruise', '--config', 'boundaries.config.ts', '--output-type', 'err-long', ...SOURCES])
  await check('unused code', ['knip'])
}

async function check(name: string, command: [string, ...string[]]): Promise<boolean> {
  const startedAt = performance.now()
  const { code, output } = await runStep(command, { minutes: CHECK_MINUTES, signal })
  report(name, startedAt, { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 })
  if (code !== 0) process.stdout.write(`${output.trimEnd()}\n`)
  return code === 0
}

async function test(filters: string[]): Promise<void> {
  const startedAt = performance.now()
  process.env['REGISTRATION_BUILT'] = 'true'
  const reaper = startReaper()
  const folder = mkdtempSync(join(tmpdir(), 'registration-test-'))
  const file = join(folder, 'report.json')
  // Through Node and not through its shim, to end with this process.
  const vitest = ['node', '--import', './scripts/end-with-parent.ts', 'node_modules/vitest/vitest.mjs', 'run'] as const
  // Four files at once, also on two cores: most tests wait for processes and clocks. In the configuration each of the projects
  // would have to say so.
  const options = ['--maxWorkers=4', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const { code } = await runStep([...vitest, ...options, ...filters], { minutes: TESTS_MINUTES, signal, show: true })
  const tally = countTests(existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as TestReport) : undefined, code)
  rmSync(folder, { recursive: true })
  report('tests', startedAt, tally)

  const endingAt = performance.now()
  const leftBehind = await reaper.stop()
  report('no process left behind', endingAt, { passed: leftBehind.length === 0 ? 1 : 0, failed: leftBehind.length })
  for (const line of leftBehind) process.stdout.write(`Had to be ended: ${line}\n`)
}

function report(name: string, startedAt: number, tally: { passed: number; failed: number }): void {
  passed += tally.passed
  failed += tally.failed
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const line = `${tally.failed === 0 ? '✓' : '✗'} ${name.padEnd(24)}${seconds.padStart(8)} s\n`
  table.push(line)
  process.stdout.write(line)
}
