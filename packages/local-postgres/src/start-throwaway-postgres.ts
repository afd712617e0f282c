import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { copyCluster, templateCluster } from './cluster.ts'
import type { StandbyPostgres, ThrowawayPostgres } from './local-postgres.ts'
import type { PostmasterOptions } from './postmaster.ts'
import { prepareBinaries } from './prepare-binaries.ts'
import { onConnection, runCluster } from './run-cluster.ts'

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

const PROMOTED_WITHIN_SECONDS = 60
const STANDBY_NAME = 'standby'

interface ThrowawayOptions {
  /** What the server is started with. */
  server: Omit<PostmasterOptions, 'cluster'>
  password: string
  /** A free one by default. */
  port?: number | undefined
  /** Fills the cluster's folder, which is empty. */
  fill(cluster: string): Promise<void>
}

/** Starts a server in a temporary folder, which goes with it. */
async function runThrowaway({ server, password, port, fill }: ThrowawayOptions): Promise<ThrowawayPostgres> {
  const cluster = mkdtempSync(join(tmpdir(), 'registration-postgres-'))
  // The children of a killed server may still be at it.
  const remove = () => rmSync(cluster, { recursive: true, force: true, maxRetries: 5 })
  try {
    await fill(cluster)
    const running = await runCluster({ ...server, cluster, removeWhenOrphaned: true }, password, remove, port)
    const { url } = running
    return {
      ...running,
      async startStandby(options = {}) {
        const copy = (to: string) => copyRunning({ url, from: cluster, to, password })
        const standby = await runThrowaway({ server, password, port: options.port, fill: copy })
        await waitForStandby(url)
        return withPromotion(standby)
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}

function withPromotion(standby: ThrowawayPostgres): StandbyPostgres {
  const promote = `select pg_promote(wait => true, wait_seconds => ${PROMOTED_WITHIN_SECONDS}) as promoted`
  return {
    ...standby,
    async promote() {
      const [result] = await onConnection(standby.url, async (client) => (await client.query(promote)).rows)
      if (!result?.promoted) throw new Error(`The standby was no primary after ${PROMOTED_WITHIN_SECONDS} s.`)
    },
  }
}

/** What `pg_basebackup` does, which the npm packages lack. */
async function copyRunning(copy: { url: string; from: string; to: string; password: string }): Promise<void> {
  const { url, from, to, password } = copy
  const backupLabel = await onConnection(url, async (client) => {
    // What is needed of the log until the standby asks for it.
    await client.query(`alter system set wal_keep_size = '256MB'`)
    await client.query('select pg_reload_conf()')
    await client.query(`select pg_backup_start('standby', fast => true)`)
    await copyCluster(from, to, { running: true })
    const { rows } = await client.query('select labelfile from pg_backup_stop(wait_for_archive => false)')
    return String(rows[0]?.labelfile)
  })
  const { hostname, port, username } = new URL(url)
  const primary = `host=${hostname} port=${port} user=${username} password=${password} application_name=${STANDBY_NAME}`
  const files = {
    backup_label: backupLabel,
    'standby.signal': '',
    'postgresql.auto.conf': `primary_conninfo = '${primary}'\n`,
  }
  const { uid, gid } = statSync(to)
  for (const [name, content] of Object.entries(files)) {
    const path = join(to, name)
    writeFileSync(path, content, { mode: 0o600 })
    chownSync(path, uid, gid)
  }
}

/** From now on a commit is answered only when the standby has it, too. */
async function waitForStandby(url: string): Promise<void> {
  await onConnection(url, async (client) => {
    await client.query(`alter system set synchronous_standby_names = '${STANDBY_NAME}'`)
    await client.query('select pg_reload_conf()')
    const synchronous = `select 1 from pg_stat_replication where state = 'streaming' and sync_state = 'sync'`
    while ((await client.query(synchronous)).rowCount === 0) await sleep(20)
  })
}
