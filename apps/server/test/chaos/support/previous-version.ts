import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliDecompressSync } from 'node:zlib'

/** A registration that the previous version has written. */
export interface PreviousRegistration {
  /** Its row, as `row_to_json` returns it. */
  row: Record<string, unknown> & { email: string; status: string }
  idempotencyKey: string
  /** The response; absent if the process was killed before it.  */
  answer?: object
}

/** The recorded data of the previous version, written by `record-previous.ts`. */
export interface PreviousVersion {
  version: string
  commit: string
  migrations: string[]
  encryptionKeys: string
  registrations: PreviousRegistration[]
}

const ROOT = join(import.meta.dirname, '../../../../..')
const KEPT = join(import.meta.dirname, '../previous')
/** Below apps/server, so that Node finds the few modules that are not bundled. */
const CACHE = join(ROOT, 'apps/server/node_modules/.cache/previous')

export const PREVIOUS_FILE = join(KEPT, 'version.json')
export const PREVIOUS_SDK_FILE = join(KEPT, 'sdk.mjs.br')

export function readPrevious(): PreviousVersion {
  return JSON.parse(readFileSync(PREVIOUS_FILE, 'utf8'))
}

/**
 * Builds the server and the SDK of a commit. The result is cached: a build takes half a minute and the npm registry.
 *
 * @returns the folder with `server.mjs` and `sdk.mjs`
 * @throws Error with the build's output. The commit must be in this clone: a shallow clone may lack it.
 */
export async function buildPrevious(commit: string): Promise<string> {
  const folder = join(CACHE, commit)
  if (existsSync(join(folder, 'server.mjs'))) return folder
  const script = ['scripts/run.cjs', 'node', 'scripts/build-previous.ts', commit, folder]
  await promisify(execFile)(process.execPath, script, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 })
  return folder
}

/** Unpacks the previous version's SDK. Returns the path of its module. */
export function previousSdk(): string {
  const file = join(CACHE, 'sdk.mjs')
  mkdirSync(CACHE, { recursive: true })
  // Written under another name and renamed, so that no other test reads half of it.
  writeFileSync(`${file}.${process.pid}`, brotliDecompressSync(readFileSync(PREVIOUS_SDK_FILE)))
  renameSync(`${file}.${process.pid}`, file)
  return file
}
