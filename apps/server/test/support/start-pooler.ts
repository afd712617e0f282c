import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { childEnvironment } from '@registration/test-harness'
import { killOnExit } from '../chaos/support/kill-on-exit.ts'
import { freePort } from './free-port.ts'
import { temporaryFolder } from './temporary-folder.ts'

const PUBLISHED = new URL('../../../../ops/pgbouncer.ini', import.meta.url)
/** Debian installs it in /usr/sbin, which is not on the PATH of ordinary users. */
const ENV = { ...childEnvironment(), PATH: `${process.env['PATH']}:/usr/sbin` }

/** Whether this machine has a PgBouncer that supports prepared statements. */
export function hasPooler(): boolean {
  try {
    const [, version = '0'] =
      /PgBouncer ([\d.]+)/.exec(`${execFileSync('pgbouncer', ['--version'], { env: ENV })}`) ?? []
    return version.localeCompare('1.21', 'en', { numeric: true }) >= 0
  } catch {
    return false
  }
}

export interface Pooler extends AsyncDisposable {
  /** The database's URL through the pooler. */
  url: string
}

/**
 * Starts PgBouncer in front of a database, with the configuration of `ops/pgbouncer.ini`.
 *
 * @param change changes the configuration
 */
export async function startPooler(
  databaseUrl: string,
  change: (ini: string) => string = (ini) => ini,
): Promise<Pooler> {
  await using started = new AsyncDisposableStack()
  const folder = started.use(temporaryFolder())
  const url = new URL(databaseUrl)
  const [ini, users] = ['pgbouncer.ini', 'userlist.txt'].map((name) => join(folder.path, name)) as [string, string]
  const port = `${await freePort()}`
  const local = readFileSync(PUBLISHED, 'utf8')
    .replace('host=127.0.0.1 port=5432', `host=${url.hostname} port=${url.port}`)
    .replace('listen_port = 6432', `listen_port = ${port}\nunix_socket_dir =`)
    .replace('/etc/pgbouncer/userlist.txt', users)
  writeFileSync(ini, change(local))
  writeFileSync(users, `"${url.username}" "${decodeURIComponent(url.password)}"\n`)
  // PgBouncer refuses to run as root.
  const isRoot = process.getuid?.() === 0
  if (isRoot) chmodSync(folder.path, 0o755)
  const child = spawn('pgbouncer', [...(isRoot ? ['-u', 'nobody'] : []), ini], {
    env: ENV,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  killOnExit(child)
  const exited = once(child, 'exit')
  started.defer(async () => {
    child.kill('SIGKILL')
    await exited
  })
  let output = ''
  for await (const chunk of child.stderr) {
    output += chunk
    if (output.includes('process up')) break
  }
  if (!output.includes('process up')) throw new Error(`PgBouncer did not start:\n${output}`)
  const running = started.move()
  url.port = port
  return { url: url.href, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
