import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { subresourceIntegrity } from './release/subresource-integrity.ts'

/**
 * Lays out in `publish/` of the package it is run in (each one's `prepack`) what goes into the tarball: what `files`
 * lists, from there or from the repository's root, and a package.json without the parts that are ours alone
 * (development dependencies with private names, scripts). pnpm packs from there, see `publishConfig`.
 */
const root = join(import.meta.dirname, '..')
const home = process.cwd()
const staged = join(home, 'publish')

const { scripts, devDependencies, publishConfig, ...manifest } = JSON.parse(
  readFileSync(join(home, 'package.json'), 'utf8'),
)
const { directory, linkDirectory, ...published } = publishConfig

rmSync(staged, { recursive: true, force: true })
mkdirSync(staged)
for (const file of manifest.files) cpSync(sourceOf(file), join(staged, file), { recursive: true })
if (manifest.jsdelivr) fillInScriptTag(join(staged, 'README.md'), join(staged, manifest.jsdelivr))
const whole = { ...manifest, ...repository(), publishConfig: published }
writeFileSync(join(staged, 'package.json'), `${JSON.stringify(whole, null, 2)}\n`)

function sourceOf(file: string): string {
  const source = [join(home, file), join(root, file)].find(existsSync)
  if (source) return source
  throw new Error(`${manifest.name} lists ${file} among its files, and there is none: build it, or write it, first.`)
}

/** A README can't know the hash of what is built after it; the one that is published does. */
function fillInScriptTag(readme: string, script: string): void {
  const text = readFileSync(readme, 'utf8')
    .replaceAll(`${manifest.name}@VERSION`, `${manifest.name}@${manifest.version}`)
    .replaceAll('integrity="INTEGRITY"', `integrity="${subresourceIntegrity(readFileSync(script))}"`)
  writeFileSync(readme, text)
}

/** Provenance holds only where the manifest names the repository whose workflow publishes it. */
function repository(): object {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env
  if (!GITHUB_SERVER_URL || !GITHUB_REPOSITORY) return {}
  const url = `git+${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}.git`
  return { repository: { type: 'git', url, directory: relative(root, home) || basename(home) } }
}
