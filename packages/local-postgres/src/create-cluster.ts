import { once } from 'node:events'
import { chmodSync, chownSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { Binaries } from './prepare-binaries.ts'
import { spawnOnCluster } from './spawn-on-cluster.ts'
import { unprivilegedUser } from './unprivileged-user.ts'

/** The built-in locale sorts and folds alike on every machine. */
export const INITDB_OPTIONS = [
  ...['--username=postgres', '--auth=scram-sha-256', '--pwfile=/dev/stdin', '--encoding=UTF8', '--no-instructions'],
  ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
]

/** Turns an empty folder into a database cluster whose only role is `postgres`. Every connection needs the password. */
export async function createCluster(options: {
  binaries: Binaries
  cluster: string
  password: string
  fsync: boolean
}): Promise<void> {
  const { binaries, cluster, password, fsync } = options
  const user = unprivilegedUser()
  if (user) chownSync(cluster, user.uid, user.gid)
  chmodSync(cluster, 0o700)

  // The password goes through a pipe and never to disk. It is `cat` that makes the pipe: what Node hands over is a socket, which
  // cannot be opened by name.
  const initdb = spawnOnCluster(cluster, 'sh', [
    ...['-c', 'cat | "$@"', 'sh', binaries.initdb, ...INITDB_OPTIONS, ...(fsync ? [] : ['--no-sync'])],
  ])
  initdb.stdin.end(`${password}\n`)
  initdb.stdout.resume()
  const [complaint, [code]] = await Promise.all([text(initdb.stderr), once(initdb, 'close')])
  if (code !== 0) throw new Error(`PostgreSQL could not create a database in ${cluster}:\n${complaint}`)
}
