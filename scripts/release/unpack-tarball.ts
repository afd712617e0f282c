import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A package as it is after installation. */
export interface UnpackedTarball {
  /** The folder that holds its package.json. */
  path: string
  /** Of the tarball, in bytes. */
  packedSize: number
  manifest: { name: string; version: string; exports: Record<string, unknown>; jsdelivr?: string }
  /** Every file by its path in the package, in order, with its size in bytes. */
  files: { path: string; size: number }[]
}

/** The tarball in a folder of its own, which goes with its scope. */
export async function unpackTarball(file: string): Promise<UnpackedTarball & Disposable> {
  const folder = mkdtempSync(join(tmpdir(), 'registration-release-'))
  await promisify(execFile)('tar', ['-xzf', file, '-C', folder])
  const path = join(folder, 'package')
  return {
    path,
    packedSize: statSync(file).size,
    manifest: JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')),
    files: readdirSync(path, { recursive: true, encoding: 'utf8' })
      .map((name) => ({ path: name, size: statSync(join(path, name)) }))
      .filter(({ size }) => size.isFile())
      .map((found) => ({ path: found.path, size: found.size.size }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
