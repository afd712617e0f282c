import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { minify } from 'terser'
import { build, type Options } from 'tsup'
import configurations from '../tsup.config.ts'

const root = join(import.meta.dirname, '..')
const readme = join(root, 'README.md')
const TABLE = /(?<=<!-- sizes -->\n)[\s\S]*?(?=\n<!-- \/sizes -->)/

/** The README's table: what each entry of the built package weighs, minified and gzipped. */
async function sizeTable(): Promise<string> {
  const rows = [
    ['script tag', 'dist/index.global.js', gzipped(readFileSync(join(root, 'dist/index.global.js')))],
    ['of which tRPC', '', await httpLinkAlone()],
    ...(await Promise.all(
      [
        ['.', 'dist/index.js'],
        ['./compat', 'dist/compat.js'],
        ['./testing', 'dist/testing.js'],
        ['./router, ./global', 'dist/router.js'],
      ].map(async ([entry = '', file = '']) => [entry, file, await minified(join(root, file))] as const),
    )),
  ]
  return ['| entry | file | gzipped |', '| --- | --- | ---: |']
    .concat(rows.map(([entry, file, bytes]) => `| ${entry} | ${file} | ${(Number(bytes) / 1000).toFixed(1)} KB |`))
    .join('\n')
}

function gzipped(code: string | Uint8Array): number {
  return gzipSync(code, { level: 9 }).byteLength
}

async function minified(file: string): Promise<number> {
  const { code = '' } = await minify(readFileSync(file, 'utf8'), { module: true })
  // An entry that has only types is an empty file.
  return code ? gzipped(code) : 0
}

/** The part of the script-tag file that is tRPC's, built as that file is. */
async function httpLinkAlone(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'registration-sdk-sizes-'))
  try {
    const scriptTag = (configurations as Options[]).at(-1)
    const entry = { trpc: join(root, 'scripts/http-link-alone.ts') }
    await build({ ...scriptTag, entry, outDir: folder, config: false, silent: true })
    return gzipped(readFileSync(join(folder, 'trpc.global.js')))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// Prints the table; `--write` puts it into the README.
const table = await sizeTable()
if (process.argv.includes('--write'))
  writeFileSync(
    readme,
    readFileSync(readme, 'utf8').replace(TABLE, () => table),
  )
process.stdout.write(`${table}\n`)
