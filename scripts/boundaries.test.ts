import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { MODULES, NOT_CHECKED, target, words } from '../boundaries.config.ts'

interface Cruise {
  modules: { source: string; dependencies: { resolved: string; dependencyTypes: string[] }[] }[]
  summary: { violations: { from: string; to: string; rule: { name: string } }[] }
}

interface Lint {
  diagnostics: { category: string; location: { path: string } }[]
}

const root = join(import.meta.dirname, '..')
const server = 'apps/server/src'

/** Runs a checker, which may find fault, and returns its report. */
function report<Report>(cwd: string, command: string[]): Promise<Report> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, command, { cwd, maxBuffer: 256 * 1024 * 1024 }, (_, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr))
      else resolve(JSON.parse(stdout))
    })
  })
}

function cruise(cwd: string, folders: string[]): Promise<Cruise> {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  return report(cwd, [program, '--config', 'boundaries.config.ts', '--output-type', 'json', ...folders])
}

/** Makes a folder of these files, which goes with the test. */
function project(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'boundaries-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

/** Checks a project of only these files. Returns its violations as `rule: importer -> imported`. */
async function violations(files: Record<string, string>): Promise<string[]> {
  const config = readFileSync(join(root, 'boundaries.config.ts'), 'utf8')
  const folder = project({ ...files, 'boundaries.config.ts': config, 'package.json': '{ "type": "module" }' })
  const { summary } = await cruise(folder, ['.'])
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`).sort()
}

/** Each file, the imports its row allows, and those it doesn't. */
const IMPORTS: [file: string, allowed: string[], refused: string[]][] = [
  [
    `${server}/registration/a.ts`,
    ['./b.ts', '@registration/shared'],
    ['../store/b.ts', 'fastify', 'kysely', 'node:fs'],
  ],
  [
    `${server}/store/a.ts`,
    ['../registration/b.ts', 'kysely/migration', 'node:fs'],
    ['../http/b.ts', 'kyselyish', 'zod'],
  ],
  [
    `${server}/http/a.ts`,
    ['../registration/b.ts', '@fastify/static'],
    ['../cli/b.ts', '../compose.ts', '../store/b.ts'],
  ],
  [`${server}/observability/a.ts`, ['prom-client'], ['../recovery/b.ts', 'fastify']],
  [`${server}/compose.ts`, ['./store/b.ts', './http/b.ts', 'kysely'], ['commander']],
  [`${server}/serve.ts`, ['./compose.ts', '@registration/local-postgres'], ['./store/b.ts', 'kysely']],
  ['packages/shared/src/a.ts', ['zod'], ['@registration/sdk', '../../sdk/src/b.ts', 'node:fs']],
  ['packages/sdk/src/a.ts', ['@registration/shared/router'], ['@registration/partner-sandbox', 'node:fs']],
  ['packages/partner-sandbox/src/a.ts', ['msw', 'node:http'], ['@registration/server/plugin']],
  ['apps/console/src/a.tsx', ['@registration/shared', '@mantine/core', 'react'], ['@registration/sdk', 'node:fs']],
]

it('refuses exactly the imports that no row allows', async () => {
  const files: Record<string, string> = {}
  for (const [file, allowed, refused] of IMPORTS) {
    for (const name of [...allowed, ...refused].filter((name) => name.startsWith('.'))) {
      files[join(dirname(file), name)] ??= ''
    }
    files[file] = [...allowed, ...refused].map((name) => `import '${name}'\n`).join('')
  }
  const expected = IMPORTS.flatMap(([file, , refused]) =>
    refused.map((name) => {
      const resolved = name.startsWith('.') ? join(dirname(file), name) : name.replace('node:', '')
      return `${file} -> ${resolved}`
    }),
  )
  const found = (await violations(files)).map((violation) => violation.replace(/^[\w-]+: /, ''))
  expect(found.sort()).toEqual(expected.sort())
})

it('sees an import in whichever form it is written', async () => {
  const forms = {
    import: `import { a } from 'fastify'`,
    type: `import type { A } from 'fastify'`,
    're-export': `export * from 'fastify'`,
    dynamic: `export const a = () => import('fastify')`,
    'type-in-place': `export type A = import('fastify').A`,
    require: `export const a = require('fastify')`,
  }
  const files = Object.entries(forms).map(([form, content]) => [`${server}/registration/${form}.ts`, content])
  const found = await violations(Object.fromEntries(files))
  expect(found).toEqual(files.map(([file]) => `registration: ${file} -> fastify`).sort())
})

it('allows type imports alone where a row says so', async () => {
  const found = await violations({
    [`${server}/observability/type.ts`]: `import type { A } from '../recovery/a.ts'\nexport type B = A`,
    [`${server}/observability/value.ts`]: `import { a } from '../recovery/a.ts'\na()`,
    [`${server}/recovery/a.ts`]: 'export const a = () => undefined\nexport interface A {}',
  })
  expect(found).toEqual([`observability: ${server}/observability/value.ts -> ${server}/recovery/a.ts`])
})

it('refuses a cycle of files, a folder without a row, and exempts tests', async () => {
  const found = await violations({
    [`${server}/store/a.ts`]: `import './b.ts'`,
    [`${server}/store/b.ts`]: `import './a.ts'`,
    [`${server}/new-folder/a.ts`]: `import 'pg'`,
    [`${server}/registration/a.test.ts`]: `import 'pg'`,
  })
  const cycle = `cycle: ${server}/store/a.ts -> ${server}/store/b.ts`
  expect(found).toEqual([cycle, `no-row: ${server}/new-folder/a.ts -> pg`])
})

it('has no row that allows more than its module imports', async () => {
  const { modules } = await cruise(root, ['apps', 'packages', 'bench', 'scripts'])
  const checked = modules.filter(({ source }) => !new RegExp(NOT_CHECKED).test(source))
  const unused = Object.entries(MODULES).flatMap(([name, [, ...allowed]]) => {
    const importer = new RegExp(target(name))
    const imported = checked.filter(({ source }) => importer.test(source)).flatMap(({ dependencies }) => dependencies)
    const isUsed = (word: string) =>
      imported.some(({ resolved, dependencyTypes }) =>
        word === 'node' ? dependencyTypes.includes('core') : new RegExp(target(word)).test(resolved),
      )
    return words(allowed.join(' ')).flatMap((word) => (isUsed(word) ? [] : `${name}: ${word}`))
  })
  expect(unused).toEqual([])
})

it('lets only the entry points read the environment', async () => {
  const reads = 'export const { PORT } = process.env\n'
  const folder = project({
    'biome.json': readFileSync(join(root, 'biome.json'), 'utf8'),
    '.gitignore': 'node_modules/\n',
    [`${server}/main.ts`]: reads,
    [`${server}/serve.ts`]: reads,
    [`${server}/config/a.ts`]: reads,
  })
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const { diagnostics } = await report<Lint>(folder, [biome, 'lint', '--reporter=json', '.'])
  const refused = diagnostics.filter(({ category }) => category === 'lint/style/noProcessEnv')
  expect(refused.map(({ location }) => location.path).sort()).toEqual([`${server}/config/a.ts`, `${server}/serve.ts`])
})
