// `npm test`: everything that must hold, one line a step. Each check and each test counts one in the last line,
// `N passed, N failed`. Arguments choose among the tests, as vitest's own do: `npm test -- recovery`.
import './end-with-parent.ts'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { countTests, type TestReport } from './count-tests.ts'
import { runStep } from './run-step.ts'

// Each of some hundred processes would compile the same modules anew.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../node_modules/.cache/compiled')

const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupt.abort())
const { signal } = interrupt

let passed = 0
let failed = 0
await check('build', ['node', 'scripts/build.cjs', '--output-logs=errors-only'])
await check('typecheck', ['turbo', 'run', 'typecheck', 'typecheck:scripts', '--output-logs=errors-only'])
await check('lint', ['biome', 'check', '--error-on-warnings'])
await check('unused code', ['knip'])
await test(process.argv.slice(2))
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1

async function check(name: string, command: [string, ...string[]]): Promise<void> {
  const startedAt = performance.now()
  const { code, output } = await runStep(command, { minutes: 10, signal })
  report(code === 0, name, startedAt)
  if (code === 0) passed += 1
  else {
    failed += 1
    process.stdout.write(`${output.trimEnd()}\n`)
  }
}

async function test(filters: string[]): Promise<void> {
  const startedAt = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'registration-test-'))
  const file = join(folder, 'report.json')
  // Through Node and not through its shim, to end with this process.
  const vitest = ['node', '--import', './scripts/end-with-parent.ts', 'node_modules/vitest/vitest.mjs', 'run'] as const
  // Three files at once, also on two cores: most tests wait for processes and clocks. In the configuration each of the projects
  // would have to say so.
  const options = ['--maxWorkers=3', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const { code } = await runStep([...vitest, ...options, ...filters], { minutes: 30, signal, show: true })
  const tests = countTests(existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as TestReport) : undefined, code)
  rmSync(folder, { recursive: true })
  report(tests.failed === 0, 'tests', startedAt)
  passed += tests.passed
  failed += tests.failed
}

function report(ok: boolean, name: string, startedAt: number): void {
  process.stdout.write(`${ok ? '✓' : '✗'} ${name} ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`)
}
