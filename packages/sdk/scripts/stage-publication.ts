import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Lays out in `publish/` what goes into the tarball: what `files` lists, and a package.json without the parts that
 * are ours alone (development dependencies with private names, scripts). pnpm packs from there, see `publishConfig`.
 */
const root = join(import.meta.dirname, '..')
const staged = join(root, 'publish')
// Tests pack what they have just built somewhere else.
const dist = process.env['SDK_DIST'] ?? join(root, 'dist')

const { scripts, devDependencies, publishConfig, ...published } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)

rmSync(staged, { recursive: true, force: true })
mkdirSync(staged)
for (const file of published.files)
  cpSync(file === 'dist' ? dist : join(root, file), join(staged, file), { recursive: true })
writeFileSync(
  join(staged, 'package.json'),
  `${JSON.stringify({ ...published, publishConfig: { access: publishConfig.access } }, null, 2)}\n`,
)
