import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { findPostmaster } from './find-postmaster.ts'
import type { Binaries } from './prepare-binaries.ts'
import { spawnOnCluster } from './spawn-on-cluster.ts'

const superviseScript = readFileSync(new URL('./supervise.sh', import.meta.url), 'utf8')

/** What a server is started with, but for the port. */
export interface PostmasterOptions {
  binaries: Binaries
  /** The folder of the cluster. */
  cluster: string
  /** Server settings by the names of postgresql.conf. */
  settings: Record<string, string>
  /** Where the server's log goes, written anew at each start. */
  logFile?: string
  /** Whether the cluster's folder is to be removed should this process die without ending the server. */
  removeWhenOrphaned?: boolean
}

/** A server that accepts connections. */
export interface Postmaster {
  port: number
  readonly running: boolean
  /** Ends the server: `INT` in good order, `QUIT` at once, `KILL` without its doing. Resolves when it has ended. */
  end(signal: 'INT' | 'QUIT' | 'KILL'): Promise<void>
}

/**
 * Starts the server of a cluster and waits until it accepts connections, which includes its recovery after a crash.
 *
 * @throws with what the server wrote, where it ended instead
 */
export async function launchPostmaster(options: PostmasterOptions & { port: number }): Promise<Postmaster> {
  const { binaries, cluster, port } = options
  const settings: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '300',
    // Read back by others from the server's command line, to tell whether its starter is alive.
    'registration.started_by': String(process.pid),
    ...options.settings,
  }
  const supervisor = spawnOnCluster(cluster, 'sh', [
    ...['-c', superviseScript, 'sh', options.removeWhenOrphaned ? cluster : '', binaries.postgres],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ])
  const ended = once(supervisor, 'close')
  // Writing to a supervisor that has just ended is no failure.
  supervisor.stdin.on('error', () => {})
  supervisor.stdout.resume()
  if (options.logFile) supervisor.stderr.pipe(createWriteStream(options.logFile, { mode: 0o600 }))

  let log = ''
  const collect = (chunk: string) => {
    log += chunk
  }
  supervisor.stderr.setEncoding('utf8').on('data', collect)
  let running = true
  supervisor.once('exit', () => {
    running = false
    supervisor.stdin.end()
  })
  // Read from the lock file, as others do. It may be another server's, who was faster: that has another port.
  for (let found = findPostmaster(cluster); found?.port !== port || found.status !== 'ready'; ) {
    await Promise.race([sleep(20), ended])
    found = findPostmaster(cluster)
    if (running) continue
    await ended
    throw new Error(`PostgreSQL did not start in ${cluster}:\n${log}`)
  }
  supervisor.stderr.off('data', collect).resume()

  return {
    port,
    get running() {
      return running
    },
    async end(signal) {
      if (running) supervisor.stdin.write(`${signal}\n`)
      await ended
    },
  }
}
