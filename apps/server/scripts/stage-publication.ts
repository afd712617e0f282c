import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Lays out in `publish/` what goes into the tarball: what `files` lists, from here or from the repository's root, and a
 * package.json without the parts that are ours alone (development dependencies with private names, scripts). pnpm packs
 * from there, see `publishConfig`.
 */
const root = join(import.meta.dirname, '..')
const staged = join(root, 'publish')

const { scripts, devDependencies, publishConfig, ...published } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)

rmSync(staged, { recursive: true, force: true })
mkdirSync(staged)
for (const file of published.files) {
  const source = [join(root, file), join(root, '../..', file)].find(existsSync)
  if (source) cpSync(source, join(staged, file), { recursive: true })
}
writeFileSync(join(staged, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
