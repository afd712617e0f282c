import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { childEnvironment, eventually } from '../src/index.ts'
import { listProcesses } from '../src/processes.ts'
import { MARK } from '../src/run-mark.ts'

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const fixtures = join(import.meta.dirname, 'fixtures')
const command = [vitest, 'run', '--root', fixtures]

/** A run of its own: this one's reaper is not to do the other's work. */
function startRun(
  fixture: string,
  ...owner: string[]
): { runner: ChildProcessByStdio<null, Readable, Readable>; written: () => string } {
  const { [MARK]: _, ...env } = childEnvironment()
  const runner = spawn(process.execPath, [...owner, ...command, fixture], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let written = ''
  for (const stream of [runner.stdout, runner.stderr])
    stream.setEncoding('utf8').on('data', (text) => (written += text))
  return { runner, written: () => written }
}

/** The process that the run's server says it is. */
function serverIn(written: string): number {
  const [, pid] = /serving as (\d+)/.exec(written) ?? []
  if (pid === undefined) throw new Error(`No server was started:\n${written}`)
  return Number(pid)
}

function expectEndedAndNamed(written: string): void {
  const pid = serverIn(written)
  expect(isAlive(pid)).toBe(false)
  expect(written).toMatch(new RegExp(`\\b${pid}\\b.*/fixtures/server\\.ts`))
}

const isAlive = (sought: number) => listProcesses().some(({ pid }) => pid === sought)

describe.concurrent('a server that a test file started', () => {
  it.each([
    ['a hook timed out', 'hook-times-out'],
    ['a set-up threw', 'set-up-throws'],
    ['the file failed to load', 'file-fails-to-load'],
    ['a test forgot it', 'test-forgets'],
    ['the worker was killed', 'worker-is-killed'],
  ])('is ended when %s, and the run ends, fails and names it', async (_, fixture) => {
    const { runner, written } = startRun(fixture)
    const [code] = await once(runner, 'close')
    expect(code, written()).not.toBe(0)
    expectEndedAndNamed(written())
  })

  it.each([
    ['a hook timed out', 'hook-times-out'],
    ['the worker was killed', 'worker-is-killed'],
  ])('does not keep the runner of a run that another process watches over, when %s', async (_, fixture) => {
    const { runner, written } = startRun(fixture, join(fixtures, 'watch-over.ts'))
    await once(runner, 'close')
    expectEndedAndNamed(written())
  })

  it('is ended when the runner is killed', async () => {
    const { runner, written } = startRun('waits')
    await eventually(() => expect(isAlive(serverIn(written()))).toBe(true))
    runner.kill('SIGKILL')
    await once(runner, 'close')
    expect(isAlive(serverIn(written()))).toBe(false)
    expect(written()).toMatch(/Ended with its run: process \d+, started by .*waits\.fixture\.ts: .*server\.ts/)
  })
})
