import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Where to keep what is made once, best first: beside this package, or, where that place is read-only or out of reach for the
 * user that PostgreSQL runs as, in the machine's or the user's cache folder.
 */
export function cacheFolders(): string[] {
  const beside = fileURLToPath(new URL('../node_modules/.cache', import.meta.url))
  const shared = process.getuid?.() === 0 ? '/var/cache' : join(homedir(), '.cache')
  return [beside, shared].map((cache) => join(cache, 'registration-postgres'))
}
