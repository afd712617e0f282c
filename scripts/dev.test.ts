import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { findRunningPostgres } from '@registration/local-postgres'
import { eventually } from '@registration/test-harness'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from './start/free-port.ts'

const root = join(import.meta.dirname, '..')
const dataDir = mkdtempSync(join(tmpdir(), 'registration-dev-'))
let port: string
let child: ChildProcessByStdio<null, Readable, null>
/** What `npm run dev` and its server have written since the last start. */
let written = ''

const address = (name: string) => new RegExp(`^ {2}${name} +(\\S+)$`, 'm').exec(written)?.[1] ?? ''
const timesReady = () => written.split('"msg":"ready"').length - 1

function start(): void {
  written = ''
  const env = {
    ...process.env,
    HOST: 'nowhere.invalid',
    DATA_DIR: dataDir,
    PORT: port,
    PARTNER_URL: 'https://real.example',
  }
  child = spawn('node', ['scripts/dev.ts'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout.setEncoding('utf8').on('data', (text) => {
    written += text
  })
}

async function allHasEnded(): Promise<void> {
  for (const name of ['landing page', 'console', 'server', 'partner sandbox'])
    await expect(fetch(address(name)), name).rejects.toThrow()
  expect(findRunningPostgres(dataDir)).toBeUndefined()
}

beforeAll(async () => {
  port = String(await freePort(0))
  start()
  await eventually(() => expect(written).toContain('Ctrl-C'))
})
afterAll(async () => {
  if (child.exitCode === null && child.kill()) await once(child, 'exit')
  rmSync(dataDir, { recursive: true, force: true })
})

it('npm run dev serves both pages with hot reload, the SDK from its sources, and the console with its server behind it', async () => {
  for (const name of ['landing page', 'console']) {
    const page = await fetch(address(name), { headers: { accept: 'text/html' } })
    expect(await page.text(), name).toContain('/@vite/client')
  }
  const { origin } = new URL(address('landing page'))
  expect(await (await fetch(`${origin}/src/register.ts`)).text()).toContain('/packages/sdk/src/index.ts')
  const config = await (await fetch(`${origin}/config.json`)).json()
  expect(config).toEqual({ endpoint: address('server'), verification: address('partner sandbox') })

  const { origin: console } = new URL(address('console'))
  const listed = await fetch(`${console}/operator/trpc/registrations.list`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: console,
      authorization: `Bearer ${address('operator key')}`,
    },
    body: '{}',
  })
  expect(await listed.json()).toMatchObject({ result: { data: { items: [] } } })
})

it('npm run dev restarts the server when one of its sources changes, while the database and the sandbox stay up', async () => {
  // A change in this checkout by another process restarts the server, too. The request is then repeated with its key.
  const register = (name: string) =>
    eventually(async () => {
      const answer = await fetch(`${address('server')}/api/users/orchestrate-registration`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `the key of ${name} the change` },
        body: JSON.stringify({ email: `${name}@example.com`, visitorId: name }),
      })
      expect(await answer.json()).toMatchObject({ success: true })
    })
  await register('before')
  const before = timesReady()
  const database = findRunningPostgres(dataDir)
  expect(database).toBeDefined()
  const now = new Date()
  utimesSync(join(root, 'apps/server/src/http/create-server.ts'), now, now)
  await eventually(() => expect(timesReady()).toBeGreaterThan(before))

  await register('after')
  expect(findRunningPostgres(dataDir)).toBe(database)
  const ledger = await fetch(`${address('partner sandbox')}/sandbox/ledger`)
  const { accounts } = (await ledger.json()) as { accounts: { email: string }[] }
  expect(accounts.map(({ email }) => email)).toEqual(['before@example.com', 'after@example.com'])
})

it('npm run dev takes everything with it when it is killed, finds its data again, and ends on Ctrl-C', async () => {
  child.kill('SIGKILL')
  await eventually(allHasEnded)

  start()
  await eventually(() => expect(written).toContain('Ctrl-C'))
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
  await allHasEnded()
})
