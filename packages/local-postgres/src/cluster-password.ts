import { linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomPassword } from './random-password.ts'

/** The password of the persistent PostgreSQL in `dataDir`; made at the first call, and kept where only its owner can read it. */
export function clusterPassword(dataDir: string): string {
  const file = join(dataDir, 'postgres-password')
  const folder = mkdtempSync(join(dataDir, 'new-password-'))
  try {
    const written = join(folder, 'password')
    writeFileSync(written, randomPassword(), { mode: 0o600, flush: true })
    // A link either appears whole or says that somebody was first: nobody ever reads half a password.
    linkSync(written, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return readFileSync(file, 'utf8')
}
