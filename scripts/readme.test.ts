import { spawn } from 'node:child_process'
import {
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createContext, runInContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningPartnerSandbox, startPartnerSandbox } from '../packages/partner-sandbox/src/index.ts'
import { type RunningServer, runServer } from './readme/run-server.ts'
import { codeBlocksOf, readme, snippets } from './readme/snippets.ts'

const root = join(import.meta.dirname, '..')
const russianReadme = readFileSync(join(root, 'README.ru.md'), 'utf8')
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
/** The proof that the page gets from the verification service. */
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

  it('registers a visitor by the tRPC call of an internal app, with the visitor’s own address', async () => {
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
    // A browser sends the page's origin on its own.
    const fetch = (url: string, init: RequestInit) =>
      globalThis.fetch(url, { ...init, headers: { ...init.headers, origin: LANDING } })
    const { Blob, crypto, FormData, navigator, performance, setTimeout, clearTimeout, btoa } = globalThis
    const { URL, URLSearchParams, AbortController, AbortSignal, TextEncoder, DOMException, Event, EventTarget } =
      globalThis
    const context = createContext({
      ...{ Blob, fetch, crypto, FormData, navigator, performance, setTimeout, clearTimeout, btoa },
      ...{ URL, URLSearchParams, AbortController, AbortSignal, TextEncoder, DOMException, Event, EventTarget },
      ...{ location, document, screen: { width: 360, height: 640 } },
    })
    runInContext(readFileSync(join(root, 'packages/sdk/dist/index.global.js'), 'utf8'), context)
    await runInContext(`${script}\nregister('carl@example.com', 'Carl', 'visitor-4')`, context)
    expect(await assigned.promise).toMatch(/^https:\/\//)
  })
})

it('has only modules that compile: for the page, the internal app, and the plugin’s host', async () => {
  expect(modules).toHaveLength(3)
  const files = modules.map((code, n) => {
    const file = join(folder, `module-${n}.mts`)
    writeFileSync(file, n === 0 ? `${PROOF}\n${code}` : code)
    return file
  })
  expect(await compile(files)).toBe('')
})

it('has a line for every package of the workspace, and none for a folder that does not exist', () => {
  const [, tree = ''] = /^## The tree\n\n```\n(.*?)^```$/ms.exec(readme) ?? []
  const shown = [...tree.matchAll(/^([\w/-]+) /gm)].map(([, folder = '']) => folder)
  expect(shown).toEqual(
    expect.arrayContaining(
      globSync(['{apps,packages}/*/package.json', 'bench/package.json'], { cwd: root }).map(dirname),
    ),
  )
  expect(shown.filter((folder) => !existsSync(join(root, folder)))).toEqual([])
})

it('has a line for every module of the server, and none for a module that does not exist', () => {
  const folders = readdirSync(join(root, 'apps/server/src'), { withFileTypes: true })
  const existing = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const shown = [...readme.matchAll(/^ {2}src\/([a-z-]+) /gm)].map(([, name]) => name)
  expect(shown.toSorted()).toEqual(existing.toSorted())
})

it('links only to files that exist', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = '']) => path)
  for (const path of links) expect(() => readFileSync(join(root, path)), path).not.toThrow()
})

it('has pictures of at most 150 KB each, in both languages', () => {
  const pictures = globSync('docs/images/*', { cwd: root })
  expect(pictures.length).toBeGreaterThanOrEqual(4)
  for (const picture of pictures) expect(statSync(join(root, picture)).size, picture).toBeLessThan(150_000)
  for (const [language, text] of Object.entries({ en: readme, ru: russianReadme })) {
    for (const page of ['page', 'console']) expect(text).toContain(`](docs/images/${page}.${language}.webp)`)
  }
})

it('has figures of before and now that docs/performance.md has too', () => {
  const figures = readFileSync(join(root, 'docs/performance.md'), 'utf8')
  const rows = readme.split('\n').filter((line) => /^\| .*\b(?:round trip|users saved)/.test(line))
  expect(rows).toHaveLength(2)
  for (const row of rows) {
    const [before = '', now = ''] = row
      .split('|')
      .slice(2)
      .map((cell) => cell.trim())
    expect(figures).toMatch(new RegExp(`\\| +${before} \\| +${now} \\|`))
  }
})

it('says how the server’s throughput compares with the plain route, as docs/performance.md has measured it', () => {
  const figures = readFileSync(join(root, 'docs/performance.md'), 'utf8')
  const ratios = figures
    .split(/^(?=\| [a-zA-Z])/m)
    .filter((figure) => figure.startsWith('| throughput'))
    .map((figure) => Number(/^\| +\| tRPC +\|[^|]+\| +([\d.]+)/m.exec(figure)?.[1]).toFixed(1))
    .toSorted()
  expect(ratios).toHaveLength(2)
  expect(readme).toContain(`${ratios.join(' to ')} × as many registrations`)
})

it('has six links under “I want to …”', () => {
  const [, section = ''] = /^## I want to …\n(.*?)^## /ms.exec(readme) ?? []
  expect(section.match(/^- \[/gm)).toHaveLength(6)
})

it('shows the same code in Russian', () => {
  const english = codeBlocksOf(readme)
  const russian = codeBlocksOf(russianReadme)
  expect(russian.length).toBeGreaterThan(4)
  expect(russian.filter((block) => !english.includes(block))).toEqual([])
})

it('names only npm commands that exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const documents = ['README.md', 'README.ru.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: root })]
  const named = documents.flatMap((path) => [
    ...readFileSync(join(root, path), 'utf8').matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g),
  ])
  for (const [, script, shorthand = ''] of named) expect(scripts).toHaveProperty([script ?? shorthand])
})
