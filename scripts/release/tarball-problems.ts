import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** Gzipped bytes of the script-tag file, which every landing page pays for before anything else happens. */
export const SCRIPT_TAG_LIMIT = 10_500

/** Of our packages all but the published two are ours alone: nobody outside can install them. */
const PRIVATE = /@registration\/(?!sdk\b|server\b)[\w-]+/

/** What keeps an unpacked package from being published, each with its remedy; empty where nothing does. */
export function tarballProblems(folder: string): string[] {
  const text = readFileSync(join(folder, 'package.json'), 'utf8')
  const manifest = JSON.parse(text)
  const problems: string[] = []
  const must = (holds: unknown, problem: string) => void (holds || problems.push(problem))

  for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) {
    must(existsSync(join(folder, file)), `${file} is missing: list it in "files" and write it.`)
  }
  must(!manifest.private, '"private" is set: nothing private is published.')
  must(!manifest.devDependencies, '"devDependencies" are ours alone: scripts/stage-publication.ts leaves them out.')
  must(!/workspace:|catalog:/.test(text), 'package.json has versions that only this workspace knows.')
  must(manifest.publishConfig?.provenance === true, '"publishConfig.provenance" must be true in package.json.')
  must(manifest.publishConfig?.access === 'public', '"publishConfig.access" must be "public" in package.json.')
  must(
    readFileSync(join(folder, 'CHANGELOG.md'), 'utf8').includes(`\n## ${manifest.version}\n`),
    `CHANGELOG.md has no entry for ${manifest.version}: run \`npm run changeset version\`.`,
  )
  must(!PRIVATE.test(text), 'package.json names a private package.')
  for (const file of globSync('dist/**/*.{ts,cts}', { cwd: folder })) {
    const declarations = readFileSync(join(folder, file), 'utf8')
    must(!PRIVATE.test(declarations), `${file} names a private package.`)
  }
  if (manifest.jsdelivr) problems.push(...scriptTagProblems(folder, manifest.jsdelivr))
  return problems
}

function scriptTagProblems(folder: string, file: string): string[] {
  const bytes = gzipSync(readFileSync(join(folder, file)), { level: 9 }).byteLength
  return bytes > SCRIPT_TAG_LIMIT ? [`${file} weighs ${bytes} bytes gzipped; ${SCRIPT_TAG_LIMIT} is the limit.`] : []
}
