import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'

/** What `scripts/keep-previous.ts` has kept of the version before: 0.1.0, commit 97ef103. */
const KEPT = join(import.meta.dirname, '../previous')
/** From here it finds the little that it has not inside. */
const UNPACKED = join(import.meta.dirname, '../../../node_modules/.cache/previous')

/** The file of the version before's server, or of its SDK, with nearly all that it needs. */
export function previousVersion(part: 'server' | 'sdk'): string {
  const file = join(UNPACKED, `${part}.mjs`)
  const code = brotliDecompressSync(readFileSync(join(KEPT, `${part}.mjs.br`)))
  mkdirSync(UNPACKED, { recursive: true })
  // Whole or not at all, whoever else unpacks it at the moment.
  writeFileSync(`${file}.${process.pid}`, code)
  renameSync(`${file}.${process.pid}`, file)
  return file
}
