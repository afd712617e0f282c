import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { publicPackages } from './public-packages.ts'
import { SCRIPT_TAG_LIMIT, tarballProblems } from './tarball-problems.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'registration-tarball-'))
  write('README.md', '')
  write('LICENSE', '')
  write('CHANGELOG.md', '# @registration/sdk\n\n## 1.2.3\n')
  write('dist/index.d.ts', 'export {}\n')
  write('dist/index.global.js', 'void 0\n')
  writeManifest({})
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(file: string, text: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}

function writeManifest(fields: object): void {
  const publishConfig = { access: 'public', provenance: true }
  const jsdelivr = './dist/index.global.js'
  const manifest = { name: '@registration/sdk', version: '1.2.3', jsdelivr, publishConfig, ...fields }
  write('package.json', JSON.stringify(manifest))
}

it('finds nothing in a package that is as it should be', () => {
  expect(tarballProblems(folder)).toEqual([])
})

it.each<[what: string, spoil: () => void, problem: RegExp]>([
  ['a missing licence', () => rmSync(join(folder, 'LICENSE')), /^LICENSE is missing/],
  ['a private package', () => writeManifest({ private: true }), /"private"/],
  ['development dependencies', () => writeManifest({ devDependencies: { vitest: '5.1.1' } }), /"devDependencies"/],
  ['a version of the workspace', () => writeManifest({ dependencies: { pg: 'catalog:' } }), /only this workspace/],
  ['no provenance', () => writeManifest({ publishConfig: { access: 'public' } }), /provenance/],
  ['another access', () => writeManifest({ publishConfig: { provenance: true } }), /access/],
  ['a version without an entry', () => writeManifest({ version: '1.2.4' }), /no entry for 1\.2\.4/],
  [
    'a dependency that nobody can have',
    () => writeManifest({ dependencies: { '@registration/shared': '0.0.0' } }),
    /private package/,
  ],
  [
    'a declaration that nobody can read',
    () => write('dist/index.d.ts', "export type { A } from '@registration/shared'"),
    /^dist\/index\.d\.ts names/,
  ],
  [
    'a script-tag file that is too heavy',
    () => write('dist/index.global.js', crypto.getRandomValues(new Uint8Array(SCRIPT_TAG_LIMIT))),
    /weighs \d+ bytes/,
  ],
])('refuses %s', (_, spoil, problem) => {
  spoil()
  expect(tarballProblems(folder)).toEqual([expect.stringMatching(problem)])
})

it('publishes the SDK and the server, and nothing else', () => {
  const names = publicPackages(join(import.meta.dirname, '../..')).map(({ name }) => name)
  expect(names.sort()).toEqual(['@registration/sdk', '@registration/server'])
})
