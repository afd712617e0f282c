import { spawnSync } from 'node:child_process'
import { checkout } from './run-mark.ts'

/** Set by `npm test` and `npm run chaos`, which build before all tests. */
const BUILT = 'REGISTRATION_BUILT'

/**
 * For tests of what is built: builds what is older than its sources, so that no test judges yesterday's code. A tenth of a second where
 * nothing is.
 *
 * @throws Error with the output of a build that fails
 */
export function ensureBuilt(): void {
  if (process.env[BUILT] !== undefined) return
  const build = ['scripts/build.cjs', '--output-logs=errors-only']
  const { status, stdout, stderr, error } = spawnSync(process.execPath, build, { cwd: checkout, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm run build fails:\n${stdout}${stderr}`, { cause: error })
  process.env[BUILT] = 'true'
}
