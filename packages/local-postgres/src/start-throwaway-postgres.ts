import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCluster } from './create-cluster.ts'
import type { LocalPostgres } from './local-postgres.ts'
import { prepareBinaries } from './prepare-binaries.ts'
import { randomPassword } from './random-password.ts'
import { runCluster } from './run-cluster.ts'

/**
 * Starts a PostgreSQL for tests in a temporary folder, which goes with it.
 *
 * A commit is safe from `crash()` at once, as from the server's own end. It is not safe from the machine's end, unless
 * `fsync` is on: that costs time and here protects nothing.
 *
 * @param options.settings server settings, by the names of postgresql.conf; they win over the defaults
 */
export async function startThrowawayPostgres(
  options: { settings?: Record<string, string>; fsync?: boolean } = {},
): Promise<LocalPostgres> {
  const fsync = options.fsync ?? false
  const binaries = prepareBinaries()
  const cluster = mkdtempSync(join(tmpdir(), 'registration-postgres-'))
  const remove = () => rmSync(cluster, { recursive: true, force: true })
  try {
    const password = randomPassword()
    await createCluster({ binaries, cluster, password, fsync })
    const settings = fsync ? {} : { fsync: 'off', full_page_writes: 'off' }
    return await runCluster(
      { binaries, cluster, settings: { ...settings, ...options.settings }, removeWhenOrphaned: true },
      password,
      remove,
    )
  } catch (error) {
    remove()
    throw error
  }
}
