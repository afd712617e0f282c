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
import { basename, dirname, join } from 'node:path'
import { cacheFolders } from './cache-folders.ts'
import { findPlatformPackage } from './find-platform-package.ts'
import { unprivilegedUser } from './unprivileged-user.ts'

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
    `PostgreSQL's programs can be run from nowhere:\n${problems.join('\n')}\n` +
      'Make one of these folders usable, or set DATABASE_URL to a PostgreSQL of your own.',
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
