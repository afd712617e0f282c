// `node scripts/run.cjs node scripts/keep-previous.ts COMMIT`: builds the server and the SDK as they were at a commit, and keeps each
// as one file with all that it needs, for the test of a rolling deploy. To be run with the commit of each release that
// is the version before from then on.
import './end-with-parent.ts'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { build } from 'esbuild'

const KEPT = join(import.meta.dirname, '../apps/server/test/chaos/previous')
/** What can't go inside: files beside it, a native library, and the embedded database, which a DATABASE_URL replaces. */
const OUTSIDE = ['@fastify/swagger-ui', 'fs-native-extensions', '@registration/local-postgres', 'pg-native']
/** What CommonJS finds in every file, and some of what is bundled asks for. */
const COMMONJS = `import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
const require = createRequire(import.meta.url), __filename = fileURLToPath(import.meta.url), __dirname = dirname(__filename)`

const [commit] = process.argv.slice(2)
if (commit === undefined) throw new Error('Which commit? Say it as the only argument.')
const folder = mkdtempSync(join(tmpdir(), 'registration-previous-'))
run(process.cwd(), 'git', 'worktree', 'add', '--detach', '--force', folder, commit)
try {
  run(folder, process.execPath, 'scripts/run.cjs', 'node', 'scripts/build.cjs', '--filter=@registration/sdk')
  keep('sdk', await bundle('packages/sdk/dist/index.js'))
  keep('server', await bundle('apps/server/src/main.ts'))
} finally {
  run(process.cwd(), 'git', 'worktree', 'remove', '--force', folder)
  rmSync(folder, { recursive: true, force: true })
}

function run(cwd: string, program: string, ...args: string[]): void {
  execFileSync(program, args, { cwd, stdio: 'inherit' })
}

async function bundle(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: OUTSIDE,
    banner: { js: COMMONJS },
  })
  return outputFiles[0]?.contents ?? new Uint8Array()
}

function keep(name: string, code: Uint8Array): void {
  mkdirSync(KEPT, { recursive: true })
  const { BROTLI_PARAM_LGWIN, BROTLI_MAX_WINDOW_BITS } = constants
  const small = brotliCompressSync(code, { params: { [BROTLI_PARAM_LGWIN]: BROTLI_MAX_WINDOW_BITS } })
  writeFileSync(join(KEPT, `${name}.mjs.br`), small)
  process.stdout.write(`${name}: ${code.length} bytes, ${small.length} as they are kept\n`)
}
