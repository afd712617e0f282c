import { relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect } from 'vitest'
import { TEST_LIMIT_MS } from './limits.ts'
import { descendantsOf, endProcess, listProcesses, type ProcessEntry } from './processes.ts'
import { checkout, MARK, parseMarks } from './run-mark.ts'

// A setup file of every project. It is run in the worker before each test file, so its hook comes after all hooks of that file. What
// it can't see, such as the end of its own worker, is the reaper's.

/** A process that was told to end needs a moment. A file that leaves one behind fails after this time. */
const GRACE_MS = 5_000

const outer = process.env[MARK]?.split(',') ?? []
const { run } = parseMarks(outer.pop())[0] ?? { run: `${process.pid}` }
const file = relative(checkout, expect.getState().testPath ?? '')
process.env[MARK] = [...outer, `${run}:${file}`].join()

afterAll(async () => {
  const until = performance.now() + GRACE_MS
  let left = leftBehind()
  while (left.length > 0 && performance.now() < until) {
    await sleep(100)
    left = leftBehind()
  }
  if (left.length === 0) return
  for (const { pid } of left) endProcess(pid)
  const commands = left.map(({ pid, command }) => `  ${pid} ${command}`)
  throw new Error(`${file} left processes behind, which had to be ended:\n${commands.join('\n')}`)
}, TEST_LIMIT_MS)

/** The worker's descendants, and the orphans among the processes that this file started. */
function leftBehind(): ProcessEntry[] {
  const processes = listProcesses()
  const descendants = new Set(descendantsOf(process.pid, processes))
  const isOfThisFile = ({ mark }: ProcessEntry) => parseMarks(mark).some((its) => its.run === run && its.file === file)
  return processes.filter((entry) => entry.pid !== process.pid && (isOfThisFile(entry) || descendants.has(entry)))
}
