import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRunningPostgres } from '@registration/local-postgres'
import { eventually } from '@registration/test-harness'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { freePort } from './start/free-port.ts'

const root = join(import.meta.dirname, '..')

const dataDir = mkdtempSync(join(tmpdir(), 'registration-start-'))

/** `npm start`, as it was begun last. */
let child: ChildProcessWithoutNullStreams
let port: number
/** What its first start said. */
let said: string

function start(DATA_DIR: string, onPort: number): ChildProcessWithoutNullStreams {
  // Some machines export their own name.
  const env = { ...process.env, HOST: 'nowhere.invalid', DATA_DIR, PORT: String(onPort) }
  return spawn('node', ['scripts/start.ts'], { cwd: root, env })
}

beforeAll(async () => {
  port = await freePort(0)
  child = start(dataDir, port)
  said = await announcement(child)
})
afterAll(async () => {
  if (child.exitCode === null && child.signalCode === null && child.kill()) await once(child, 'exit')
  rmSync(dataDir, { recursive: true, force: true })
})

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

it('registers a visitor, shows the records of the server and the partner, and serves every address', async () => {
  expect(said).toMatch(/depositUrl +https:\/\//)
  expect(said).toMatch(/status +succeeded/)
  expect(said).toMatch(/Registrations so far: 1\./)
  expect(address(said, 'login')).toBe(address(said, 'partner_login'))
  for (const name of ['landing page', 'console', 'docs']) {
    const page = await fetch(address(said, name))
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')])
  }
  expect(new URL(address(said, 'landing page')).origin).not.toBe(address(said, 'server'))
})

it('takes everything with it when it is killed, finds its data again, and ends on Ctrl-C', async () => {
  child.kill('SIGKILL')
  for (const name of ['server', 'partner sandbox', 'landing page']) {
    await eventually(() => expect(fetch(address(said, name))).rejects.toThrow())
  }
  await expect.poll(() => findRunningPostgres(dataDir)).toBeUndefined()

  child = start(dataDir, port)
  const again = await announcement(child)
  expect(again).toMatch(/Registrations so far: 2\./)
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
  await expect(fetch(address(again, 'server'))).rejects.toThrow()
  await expect(fetch(address(again, 'partner sandbox'))).rejects.toThrow()
  expect(findRunningPostgres(dataDir)).toBeUndefined()
})

it('says so when its port is taken, and how to choose another', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { port: taken } = other.address() as { port: number }
  const refused = start(join(dataDir, 'other'), taken)
  const [words] = (await once(refused.stdout, 'data')) as [Buffer]
  expect(String(words)).toBe(
    `Port ${taken} is taken. End what uses it, or choose another: PORT=${taken + 1} npm start\n`,
  )
  expect(await once(refused, 'exit')).toEqual([1, null])
})
