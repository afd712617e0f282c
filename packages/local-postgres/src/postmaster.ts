import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, createWriteStream, openSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Binaries } from './prepare-binaries.ts'

const superviseScript = readFileSync(new URL('./supervise.sh', import.meta.url), 'utf8')

/** What a server is started with, but for the port. */
export interface PostmasterOptions {
  binaries: Binaries
  /** The folder of the cluster. */
  cluster: string
  /** Server settings by the names of postgresql.conf. */
  settings: Record<string, string>
  /** Where the server's log goes, overwritten at each start. */
  logFile?: string
  /** Whether the cluster's folder is to be removed should this process die without ending the server. */
  removeWhenOrphaned?: boolean
}

/** A server that accepts connections. */
export interface Postmaster {
  port: number
  readonly running: boolean
  /** Ends the server: `INT` cleanly, `QUIT` at once, `KILL` without its doing. Resolves when it has ended. */
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

/**
 * Starts the server on some free port. PostgreSQL itself finds out whether a port is free, by taking it: asking first would
 * leave a gap for others.
 *
 * The ports lie below those that Linux and macOS hand out to outgoing connections. Otherwise one of these could hold our port
 * while the server is down; even a client's own, since connecting to a port that nobody serves can reach itself.
 */
export async function launchOnFreePort(
  options: PostmasterOptions,
  pickPort = () => randomInt(10_240, 32_768),
): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await launchPostmaster({ ...options, port: pickPort() })
    } catch (error) {
      if (attempt === 20 || !/Address already in use/.test(String(error))) throw error
    }
  }
}

const isRoot = process.getuid?.() === 0

/**
 * Starts a program of PostgreSQL's on a cluster, as the owner of the cluster's folder: PostgreSQL refuses to run as root.
 *
 * That owner may be unable to reach the folder by its path, which may lie below somebody's home. On Linux, root therefore hands
 * the opened folder over and names it by its descriptor.
 *
 * It gets an environment of its own, so that no PG* variable of this process changes what it does.
 */
export function spawnOnCluster(
  cluster: string,
  command: string,
  args: readonly string[],
): ChildProcessWithoutNullStreams {
  const { uid, gid } = statSync(cluster)
  const byDescriptor = isRoot && process.platform === 'linux'
  const folder = openSync(cluster, 'r')
  try {
    return spawn(command, args, {
      ...(isRoot ? { uid, gid } : {}),
      cwd: '/',
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC', PGDATA: byDescriptor ? '/proc/self/fd/3' : cluster },
      stdio: ['pipe', 'pipe', 'pipe', folder],
      // In a process group of its own: Ctrl-C is for the process that uses the database, which may have work to finish.
      detached: true,
    }) as ChildProcessWithoutNullStreams
  } finally {
    closeSync(folder)
  }
}

/** The main process of a PostgreSQL server that is alive. */
export interface RunningPostmaster {
  pid: number
  port: number
  /** `starting`, `ready` or `stopping`. */
  status: string
  /** The process that started it; `undefined` where it was none of ours. */
  startedBy: number | undefined
}

/** Looks for a running server of a cluster, started by any process. A lock file without its server is ignored. */
export function findPostmaster(cluster: string): RunningPostmaster | undefined {
  // Its lines: process, folder, start time, port, socket folder, address, shared memory, status.
  const [pid, , , port, , , , status] = readIfThere(join(cluster, 'postmaster.pid')).split('\n')
  if (findProcessName(Number(pid)) !== 'postgres') return undefined
  const startedBy = /registration\.started_by=(\d+)/.exec(readIfThere(join(cluster, 'postmaster.opts')))?.[1]
  return {
    pid: Number(pid),
    port: Number(port),
    status: status?.trim() || 'starting',
    startedBy: startedBy === undefined ? undefined : Number(startedBy),
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/**
 * The name of a living process's program; `undefined` where there is none with this number. A zombie is not living:
 * a container whose first process collects no orphans keeps them forever.
 */
export function findProcessName(pid: number): string | undefined {
  const found = process.platform === 'linux' ? readProc(pid) : askPs(pid)
  return found && !found.state.startsWith('Z') ? basename(found.name) : undefined
}

// Small Linux images come without ps.
function readProc(pid: number) {
  try {
    const [, name = '', state = ''] = /\((.*)\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return { name, state }
  } catch {
    return undefined
  }
}

function askPs(pid: number) {
  const { stdout } = spawnSync('ps', ['-o', 'stat=,comm=', '-p', String(pid)], { encoding: 'utf8' })
  const [, state, name] = /^(\S+)\s+(.*?)\s*$/.exec(stdout) ?? []
  return name && state ? { name, state } : undefined
}
