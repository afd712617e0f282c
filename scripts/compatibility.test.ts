import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { publicPackages } from './release/public-packages.ts'

const root = join(import.meta.dirname, '..')
const table = readFileSync(join(root, 'docs/compatibility.md'), 'utf8')
/** The first column: such as `0.1.x`. */
const rows = [...table.matchAll(/^\| (\d+\.\d+)\.x +\| (\d+\.\d+\.\d+) or newer \|$/gm)]

/** Every version that there has been, by the changelogs. */
function versionsOf(name: string): string[] {
  const { folder } = publicPackages(root).find((found) => found.name === name) ?? { folder: '' }
  const changelog = readFileSync(join(root, folder, 'CHANGELOG.md'), 'utf8')
  return [...changelog.matchAll(/^## (\d+\.\d+\.\d+)$/gm)].map(([, version = '']) => version)
}

it('says of every SDK which server it needs', () => {
  const minors = rows.map(([, minor]) => minor)
  const versions = versionsOf('@registration/sdk')
  expect(versions.length).toBeGreaterThan(0)
  for (const version of versions) expect(minors).toContain(version.replace(/\.\d+$/, ''))
})

it('names no server that there never was', () => {
  const versions = versionsOf('@registration/server')
  expect(rows.length).toBeGreaterThan(0)
  for (const [, , server] of rows) expect(versions).toContain(server)
})
