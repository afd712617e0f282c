// `node scripts/run.cjs node scripts/build-previous.ts COMMIT FOLDER`: builds the server and the SDK as they were at a commit, each
// as one file with nearly all that it needs, for the tests of a rolling deploy. The commit must be in this clone.
import './end-with-parent.ts'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

/** What can't be bundled: files read at run time, a native library, and what is not needed with a DATABASE_URL. */
const EXTERNAL = ['@fastify/swagger-ui', 'fs-native-extensions', '@registration/local-postgres', 'pg-native']
/** CommonJS modules in the bundle expect these names. */
const COMMONJS = `import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
const require = createRequire(import.meta.url), __filename = fileURLToPath(import.meta.url), __dirname = dirname(__filename)`

const [commit, target] = process.argv.slice(2)
if (commit === undefined || target === undefined) throw new Error('Usage: build-previous.ts COMMIT FOLDER')
const checkout = mkdtempSync(join(tmpdir(), 'registration-previous-'))
run(process.cwd(), 'git', 'worktree', 'add', '--detach', '--force', checkout, commit)
try {
  run(checkout, process.execPath, 'scripts/run.cjs', 'node', 'scripts/build.cjs', '--filter=@registration/sdk')
  await bundle('packages/sdk/dist/index.js', 'sdk.mjs')
  await bundle('apps/server/src/main.ts', 'server.mjs')
} finally {
  run(process.cwd(), 'git', 'worktree', 'remove', '--force', checkout)
  rmSync(checkout, { recursive: true, force: true })
}

function run(cwd: string, program: string, ...args: string[]): void {
  execFileSync(program, args, { cwd, stdio: 'inherit' })
}

async function bundle(entry: string, name: string): Promise<void> {
  const outfile = join(target ?? '', name)
  await build({
    absWorkingDir: checkout,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    outfile: `${outfile}.new`,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: EXTERNAL,
    banner: { js: COMMONJS },
  })
  // Whole or not at all: a build that is interrupted leaves no file of this name.
  renameSync(`${outfile}.new`, outfile)
}
