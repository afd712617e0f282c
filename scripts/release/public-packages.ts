import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A package that is published. */
export interface PublicPackage {
  /** Its folder, from the repository's root. */
  folder: string
  name: string
  version: string
}

/** The workspace's packages that aren't private. */
export function publicPackages(root: string): PublicPackage[] {
  return globSync(['apps/*/package.json', 'packages/*/package.json'], { cwd: root })
    .map((file) => ({ folder: dirname(file), ...JSON.parse(readFileSync(join(root, file), 'utf8')) }))
    .filter((manifest) => !manifest.private)
    .map(({ folder, name, version }) => ({ folder, name, version }))
}
