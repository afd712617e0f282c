import { spawn } from 'node:child_process'
import {
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createContext, runInContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VARIABLE_NAMES } from '../apps/server/src/config/load-config.ts'
import { type RunningPartnerSandbox, startPartnerSandbox } from '../packages/partner-sandbox/src/index.ts'
import { type RunningServer, runServer } from './readme/run-server.ts'
import { readme, snippets } from './readme/snippets.ts'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'registration-readme-'))
const PLACEHOLDER = 'https://reg.example.com'
const LANDING = 'https://landing.example'
const INTERNAL_KEY = 'a-key-for-the-readme'

async function run(command: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (err !== '') throw new Error(err)
  return out
}

/** Type-checks modules as a strict project would, next to what the project has installed. */
function compile(files: string[]): Promise<string> {
  const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck']
  return run(join(root, 'node_modules/.bin/tsc'), [...strict, '--types', 'node', ...files])
}

const modules = snippets('ts')
/** What the page has from elsewhere. */
const PROOF = "const proofOfTheConfirmedCode = ''"

beforeAll(() => symlinkSync(join(import.meta.dirname, 'node_modules'), join(folder, 'node_modules')))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('against the built server on its embedded database', () => {
  const started = new AsyncDisposableStack()
  let sandbox: RunningPartnerSandbox
  let server: RunningServer

  beforeAll(async () => {
    sandbox = started.use(await startPartnerSandbox())
    server = started.use(
      await runServer({
        PARTNER_URL: sandbox.url,
        PORT: '0',
        DATA_DIR: join(folder, 'data'),
        ALLOWED_ORIGINS: LANDING,
        INTERNAL_API_KEYS: `readme:${INTERNAL_KEY}`,
      }),
    )
  })
  afterAll(() => started.disposeAsync())

  const here = (code: string) => code.replaceAll(PLACEHOLDER, server.url)

  it('registers a visitor by the three lines of the SDK', async () => {
    const [code = ''] = modules
    const file = join(folder, 'sdk.mts')
    writeFileSync(file, `${PROOF}\n${here(code)}\nprocess.stdout.write(depositUrl)\n`)
    expect(await run('node', [file])).toMatch(/^https:\/\/\S+$/)
  })

  it('registers a visitor by the tRPC call of an internal app, in the name of that visitor’s address', async () => {
    const [, code = ''] = modules
    const file = join(folder, 'trpc.mts')
    writeFileSync(file, `${here(code)}\nprocess.stdout.write(JSON.stringify(answer))\n`)
    const answer = JSON.parse(await run('node', [file], { REGISTRATION_KEY: INTERNAL_KEY }))
    expect(answer).toMatchObject({ success: true, replayed: false })
    const call = sandbox.sandbox.ledger.calls.find(
      ({ headers }) => headers['idempotency-key'] === answer.registrationId,
    )
    expect(call?.headers['x-client-ip']).toBe('192.0.2.1')
  })

  it('registers a visitor by the curl command', async () => {
    const command = snippets('sh').find((code) => code.startsWith('curl')) ?? ''
    const shim = join(import.meta.dirname, 'readme/curl-shim.mjs')
    const said = await run('sh', ['-c', `curl() { node ${shim} "$@"; }\n${here(command)}`])
    expect(JSON.parse(said)).toMatchObject({ success: true, depositUrl: expect.stringMatching(/^https:/) })
  })

  it('registers a visitor by the script tag', async () => {
    const [page = ''] = snippets('html')
    const [, script = ''] = /<script>(.*)<\/script>/s.exec(page) ?? []
    const assigned = Promise.withResolvers<string>()
    const location = { href: `${LANDING}/?tag=spring`, search: '?tag=spring', assign: assigned.resolve }
    const document = { currentScript: { dataset: { endpoint: server.url } } }
    // What a browser does by itself: it names the page's origin.
    const fetch = (url: string, init: RequestInit) =>
      globalThis.fetch(url, { ...init, headers: { ...init.headers, origin: LANDING } })
    const { crypto, navigator, performance, setTimeout, clearTimeout, btoa } = globalThis
    const { URL, URLSearchParams, AbortController, AbortSignal, TextEncoder, DOMException, Event, EventTarget } =
      globalThis
    const context = createContext({
      ...{ fetch, crypto, navigator, performance, setTimeout, clearTimeout, btoa },
      ...{ URL, URLSearchParams, AbortController, AbortSignal, TextEncoder, DOMException, Event, EventTarget },
      ...{ location, document, screen: { width: 360, height: 640 } },
    })
    runInContext(readFileSync(join(root, 'packages/sdk/dist/index.global.js'), 'utf8'), context)
    await runInContext(`${script}\nregister('carl@example.com', 'Carl', 'visitor-4')`, context)
    expect(await assigned.promise).toMatch(/^https:\/\//)
  })
})

it('has only modules that compile: the page’s, the internal app’s, and the host’s that takes the plugin in', async () => {
  expect(modules).toHaveLength(3)
  const files = modules.map((code, n) => {
    const file = join(folder, `module-${n}.mts`)
    writeFileSync(file, n === 0 ? `${PROOF}\n${code}` : code)
    return file
  })
  expect(await compile(files)).toBe('')
})

it('explains every variable of the environment, and no other', () => {
  const [, table = ''] = /^\| variable .*?\n(.*?)\n\n/ms.exec(readme) ?? []
  const explained = table.split('\n').flatMap((row) => (row.split('|')[1] ?? '').match(/[A-Z][A-Z_]+/g) ?? [])
  expect(explained.toSorted()).toEqual(VARIABLE_NAMES.toSorted())
})

it('has a line for every package of the workspace, and for no folder that is gone', () => {
  const [, tree = ''] = /^## The tree\n\n```\n(.*?)^```$/ms.exec(readme) ?? []
  const shown = [...tree.matchAll(/^([\w/-]+) /gm)].map(([, folder = '']) => folder)
  expect(shown).toEqual(
    expect.arrayContaining(
      globSync(['{apps,packages}/*/package.json', 'bench/package.json'], { cwd: root }).map(dirname),
    ),
  )
  expect(shown.filter((folder) => !existsSync(join(root, folder)))).toEqual([])
})

it('has a line for every room of the server, and none for a room that is gone', () => {
  const rooms = readdirSync(join(root, 'apps/server/src'), { withFileTypes: true })
  const existing = rooms.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const shown = [...readme.matchAll(/^ {2}src\/([a-z-]+) /gm)].map(([, name]) => name)
  expect(shown.toSorted()).toEqual(existing.toSorted())
})

it('leads nowhere that does not exist', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = '']) => path)
  for (const path of links) expect(() => readFileSync(join(root, path)), path).not.toThrow()
})
