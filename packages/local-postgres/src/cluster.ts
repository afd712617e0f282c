import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { chmod, chown, copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { spawnOnCluster } from './postmaster.ts'
import { type Binaries, cacheFolders, findPlatformPackage, unprivilegedUser } from './prepare-binaries.ts'

/** The folder of the persistent PostgreSQL's own files. */
export function clusterFolder(dataDir: string): string {
  return join(resolve(dataDir), 'postgres')
}

/** Creates the database cluster of a data folder if there is none. Returns its folder and its password. */
export async function ensureCluster(options: {
  binaries: Binaries
  dataDir: string
  fsync: boolean
}): Promise<{ cluster: string; password: string }> {
  const { binaries, dataDir, fsync } = options
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const cluster = clusterFolder(dataDir)
  const password = clusterPassword(dataDir)
  if (existsSync(cluster)) return { cluster, password }
  // Created beside its place and renamed: a start that dies half-way leaves nothing that looks like a database, and of two
  // first starts at once exactly one wins.
  const unfinished = mkdtempSync(`${cluster}-new-`)
  try {
    await createCluster({ binaries, cluster: unfinished, password, fsync })
    renameSync(unfinished, cluster)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(cluster)) throw error
  }
  return { cluster, password }
}

/**
 * Returns a cluster that was never started, as the source of copies. It is created once per user and set of initdb options,
 * because creating one takes a second of CPU time.
 */
export async function templateCluster(binaries: Binaries): Promise<{ cluster: string; password: string }> {
  const options = createHash('sha256').update(INITDB_OPTIONS.join()).digest('hex').slice(0, 8)
  const name = `${findPlatformPackage().version}-template-${process.getuid?.()}-${options}`
  const problems: unknown[] = []
  for (const cache of cacheFolders()) {
    try {
      return await ensureCluster({ binaries, dataDir: join(cache, name), fsync: false })
    } catch (error) {
      problems.push(error)
    }
  }
  throw new AggregateError(problems, 'No cache folder can hold the template of throw-away databases.')
}

/** Files of the running server: its write-ahead log, slots, lock file, and settings made at run time. */
const NOT_COPIED = ['pg_wal', 'pg_replslot', 'pg_stat_tmp', 'postmaster.pid', 'postmaster.opts', 'postgresql.auto.conf']
/** PostgreSQL expects these to exist. */
const EMPTY_FOLDERS = ['pg_wal', 'pg_wal/archive_status', 'pg_replslot', 'pg_stat_tmp']

/**
 * Copies a cluster into an empty folder, which belongs to the same user from then on. Asynchronously: on a busy machine it takes
 * ten seconds, in which other tests of the same process have to go on.
 *
 * @param options.running whether its server runs, which must be in backup mode then
 */
export async function copyCluster(from: string, to: string, { running }: { running: boolean }): Promise<void> {
  const { uid, gid } = await stat(from)
  async function makeFolder(folder: string): Promise<void> {
    await mkdir(folder, { mode: 0o700 })
    await chown(folder, uid, gid)
  }
  async function copyFolder(source: string, target: string, leftOut: readonly string[] = []): Promise<void> {
    const entries = await readdir(source, { withFileTypes: true })
    const copyEntry = async (entry: (typeof entries)[number]) => {
      const path = join(source, entry.name)
      const copy = join(target, entry.name)
      if (entry.isDirectory()) {
        await makeFolder(copy)
        await copyFolder(path, copy)
      } else if (await copyOneFile(path, copy)) await chown(copy, uid, gid)
    }
    await Promise.all(entries.filter(({ name }) => !leftOut.includes(name)).map(copyEntry))
  }
  await chown(to, uid, gid)
  await chmod(to, 0o700)
  await copyFolder(from, to, running ? NOT_COPIED : [])
  if (running) for (const folder of EMPTY_FOLDERS) await makeFolder(join(to, folder))
}

/** A running server may remove a file meanwhile. Its write-ahead log has the change. */
async function copyOneFile(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** The built-in locale sorts and folds alike on every machine. */
const INITDB_OPTIONS = [
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

/** The password of the persistent PostgreSQL in `dataDir`; made at the first call, and kept where only its owner can read it. */
function clusterPassword(dataDir: string): string {
  const file = join(dataDir, 'postgres-password')
  const folder = mkdtempSync(join(dataDir, 'new-password-'))
  try {
    const written = join(folder, 'password')
    // Safe in a URL and in a shell.
    writeFileSync(written, randomBytes(24).toString('base64url'), { mode: 0o600, flush: true })
    // A link either appears whole or says that somebody was first: nobody ever reads half a password.
    linkSync(written, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return readFileSync(file, 'utf8')
}
