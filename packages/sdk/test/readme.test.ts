import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FAILURES } from '@registration/shared'
import { registrationRequestSchema } from '@registration/shared/schemas'
import { ensureBuilt } from '@registration/test-harness'
import php, { type Node } from 'php-parser'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { root } from './support/packed-sdk.ts'
import { readmeSnippets } from './support/readme-snippets.ts'
import { run } from './support/run.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** Compiles these files, which need not exist, as a strict project of a user would; what the compiler says. */
function compile(files: Record<string, string>): string[] {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    root,
  )
  const settings: ts.CompilerOptions = {
    ...options,
    jsx: ts.JsxEmit.ReactJSX,
    types: [],
    // As in Vite and Next, where the snippets go.
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    noPropertyAccessFromIndexSignature: false,
    // A Vue template uses what its script declares.
    noUnusedLocals: false,
  }
  const host = ts.createCompilerHost(settings)
  const { getSourceFile, fileExists } = host
  const at = (name: string) => files[name.replace(`${root}/`, '')]
  host.fileExists = (name) => at(name) !== undefined || fileExists(name)
  host.getSourceFile = (name, target) => {
    const text = at(name)
    return text === undefined ? getSourceFile(name, target) : ts.createSourceFile(name, text, target)
  }
  const program = ts.createProgram(
    Object.keys(files).map((name) => join(root, name)),
    settings,
    host,
  )
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
}

const hook = readFileSync(join(root, 'examples/use-registration.ts'), 'utf8')
const frameworks = readFileSync(join(import.meta.dirname, 'support/frameworks.d.ts.txt'), 'utf8')

it('has snippets that compile', () => {
  const vue = readmeSnippets('vue').map((file) => /<script setup lang="ts">(.*)<\/script>/s.exec(file)?.[1] ?? '')
  const snippets = [
    ...[...readmeSnippets('ts'), ...vue].map((code, n) => [`snippet-${n}.ts`, code]),
    ...readmeSnippets('tsx').map((code, n) => [`snippet-${n}.tsx`, code]),
  ]
  expect(snippets).toHaveLength(11)
  expect(
    compile({ 'frameworks.d.ts': frameworks, 'use-registration.ts': hook, ...Object.fromEntries(snippets) }),
  ).toEqual([])
})

it('has snippets that would not compile if they were wrong', () => {
  const wrong = "import { orchestrateRegistration } from '@registration/sdk'\nawait orchestrateRegistration({})"
  expect(compile({ 'snippet.ts': wrong })).toHaveLength(1)
})

it('has a curl command that the server understands', async () => {
  const [command = ''] = readmeSnippets('bash')
  // The shell reads the command as it stands; in curl's place a function prints what it was given.
  const script = `curl() { printf '%s\\n' "$@"; }; REGISTRATION_KEY=key\n${command}`
  const [url, ...given] = (await run('sh', ['-c', script], { cwd: root })).trim().split('\n')
  expect(url).toBe('https://reg.example.com/api/users/orchestrate-registration')
  expect(given.filter((_, n) => n % 2 === 0)).toEqual(['--header', '--header', '--header', '--data'])
  expect(given).toContain('Content-Type: application/json')
  expect(given).toContain('Authorization: Bearer key')
  expect(given).toContainEqual(expect.stringMatching(/^Idempotency-Key: [0-9a-f]{32}$/))
  const body = JSON.parse(given.at(-1) ?? '')
  expect(registrationRequestSchema.parse(body)).toEqual(body)
})

it('has an example in PHP that parses and sends fields that the server knows', () => {
  const code = readFileSync(join(root, 'examples/register.php'), 'utf8')
  const tree = new php.Engine({ parser: { suppressErrors: false } }).parseCode(code, 'register.php')
  const keys: string[] = []
  JSON.stringify(tree, (_, node: Node & { what?: { name?: string }; arguments?: { items?: object[] }[] }) => {
    if (node?.kind === 'call' && node.what?.name === 'json_encode') {
      for (const item of node.arguments?.[0]?.items ?? []) keys.push((item as { key: { value: string } }).key.value)
    }
    return node
  })
  expect(keys).toEqual(['email', 'name', 'visitorId', 'trafficParams', 'clientIp'])
  for (const key of keys) expect(registrationRequestSchema.shape).toHaveProperty(key)
  expect(code).toContain("curl_init('https://reg.example.com/api/users/orchestrate-registration')")
})

it('has the sizes that are measured: `pnpm run sizes` writes them', async () => {
  ensureBuilt()
  // A tenth of a KB more or less is no news.
  const numbers = (table: string) => [...table.matchAll(/([\d.]+) KB/g)].map(([, kilobytes]) => Number(kilobytes))
  const [, table = ''] = /<!-- sizes -->(.*)<!-- \/sizes -->/s.exec(readme) ?? []
  const measured = numbers(await run(process.execPath, ['scripts/sizes.ts'], { cwd: root }))
  const written = numbers(table)
  expect(measured).toHaveLength(6)
  expect(written).toHaveLength(measured.length)
  for (const [row, kilobytes] of measured.entries()) {
    expect(Math.abs((written[row] ?? 0) - kilobytes)).toBeLessThan(0.15)
  }
})

it('explains every code', () => {
  for (const code of [...Object.keys(FAILURES), 'LINK_UNAVAILABLE', 'PENDING', 'NETWORK', 'ABORTED']) {
    expect(readme).toContain(`\`${code}\``)
  }
})

it('has the figures of a command that there is', () => {
  const [command = ''] = readmeSnippets('console')
  const { scripts } = JSON.parse(readFileSync(join(root, '../../package.json'), 'utf8'))
  expect(command.trim()).toBe('$ npm run bench:browser')
  expect(scripts).toHaveProperty('bench:browser')
})

it('has a link for every section it promises', () => {
  const sections = [...readme.matchAll(/^##+ (.+)$/gm)].map(([, title = '']) =>
    title.toLowerCase().replaceAll(' ', '-'),
  )
  for (const [, anchor] of readme.matchAll(/\]\(#([^)]+)\)/g)) expect(sections).toContain(anchor)
})
