import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { subresourceIntegrity } from './subresource-integrity.ts'
import type { UnpackedTarball } from './unpack-tarball.ts'

/** What would be published, for somebody to read before it is. */
export function describeTarball({ path, manifest, files, packedSize }: UnpackedTarball): string {
  const { name, version, jsdelivr } = manifest
  const lines = [`${name}@${version}, ${packedSize} bytes packed:`]
  for (const file of files) lines.push(`${String(file.size).padStart(10)}  ${file.path}`)
  if (jsdelivr) {
    lines.push(`  script tag: ${name}@${version}/${jsdelivr.replace(/^\.\//, '')}`)
    lines.push(`  integrity:  ${subresourceIntegrity(readFileSync(join(path, jsdelivr)))}`)
  }
  return `${lines.join('\n')}\n`
}
