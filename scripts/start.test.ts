import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRunningPostgres } from '@registration/local-postgres'
import { expect, it, onTestFinished, vi } from 'vitest'
import { freePort } from './start/free-port.ts'

const root = join(import.meta.dirname, '..')

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'registration-start-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function start(DATA_DIR: string, port: number): ChildProcessWithoutNullStreams {
  const env = { ...process.env, DATA_DIR, PORT: String(port) }
  const child = spawn('node', ['scripts/start.ts'], { cwd: root, env })
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null && child.kill()) await once(child, 'exit')
  })
  return child
}

/** Reads until everything runs. */
async function announcement(child: ChildProcessWithoutNullStreams): Promise<string> {
  let said = ''
  for await (const chunk of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += chunk
    if (said.includes('Ctrl-C')) return said
  }
  throw new Error(`npm start ended:\n${said}`)
}

const address = (said: string, name: string) => new RegExp(`^ {2}${name} +(\\S+)$`, 'm').exec(said)?.[1] ?? ''

it('registers a visitor, shows what is on file on both sides, serves every address, and ends on Ctrl-C', async () => {
  const dataDir = temporaryFolder()
  const child = start(dataDir, await freePort(0))
  const said = await announcement(child)

  expect(said).toMatch(/depositUrl +https:\/\//)
  expect(said).toMatch(/status +succeeded/)
  expect(said).toMatch(/Registrations so far: 1\./)
  expect(address(said, 'login')).toBe(address(said, 'partner_login'))
  for (const name of ['landing page', 'console', 'docs']) {
    const page = await fetch(address(said, name))
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')])
  }
  expect(new URL(address(said, 'landing page')).origin).not.toBe(address(said, 'server'))

  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
  await expect(fetch(address(said, 'server'))).rejects.toThrow()
  await expect(fetch(address(said, 'partner sandbox'))).rejects.toThrow()
  expect(findRunningPostgres(dataDir)).toBeUndefined()
})

it('takes everything with it when it is killed, and finds its data again', async () => {
  const dataDir = temporaryFolder()
  const port = await freePort(0)
  const killed = start(dataDir, port)
  const said = await announcement(killed)
  killed.kill('SIGKILL')
  for (const name of ['server', 'partner sandbox', 'landing page']) {
    await vi.waitFor(() => expect(fetch(address(said, name))).rejects.toThrow(), { timeout: 30_000 })
  }
  await vi.waitFor(() => expect(findRunningPostgres(dataDir)).toBeUndefined(), { timeout: 30_000 })

  const again = start(dataDir, port)
  expect(await announcement(again)).toMatch(/Registrations so far: 2\./)
})

it('says so when its port is taken, and how to choose another', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const child = start(temporaryFolder(), port)
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  expect(String(said)).toBe(`Port ${port} is taken. End what uses it, or choose another: PORT=${port + 1} npm start\n`)
  expect(await once(child, 'exit')).toEqual([1, null])
})
