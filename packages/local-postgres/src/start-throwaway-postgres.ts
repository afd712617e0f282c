import { copyCluster } from './copy-cluster.ts'
import { prepareBinaries } from './prepare-binaries.ts'
import { runThrowaway } from './run-throwaway.ts'
import { templateCluster } from './template-cluster.ts'
import type { ThrowawayPostgres } from './throwaway-postgres.ts'

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
): Promise<ThrowawayPostgres> {
  const fsync = options.fsync ?? false
  const binaries = prepareBinaries()
  const template = await templateCluster(binaries)
  const settings = { ...(fsync ? {} : { fsync: 'off', full_page_writes: 'off' }), ...options.settings }
  return runThrowaway({
    server: { binaries, settings },
    password: template.password,
    fill: (cluster) => copyCluster(template.cluster, cluster, { running: false }),
  })
}
