import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packSdk } from '../test/support/packed-sdk.ts'
import { run } from '../test/support/run.ts'
import { RESOLUTIONS, type Resolution, typecheck } from '../test/support/typecheck.ts'

/** Type-checks the packed SDK with every version of TypeScript that its users may have, or with those that are named: `pnpm run test:typescript 4.7.4`. */
const VERSIONS = ['4.7.4', '5.7.3', '5.8.3', '5.9.3', '6.0.3', '7.0.2']

/** Old projects have pages only: tRPC 11 and msw 2 need a newer TypeScript. */
const OLD = '4.7.4'

const compilers = mkdtempSync(join(tmpdir(), 'typescript-'))
using sdk = await packSdk()
const app = await sdk.project('app', ['@trpc/server', '@trpc/client', 'msw'])
const projects = [
  { folder: await sdk.project('page'), consumer: 'page.ts' },
  { folder: app, consumer: 'internal-app.ts' },
  { folder: app, consumer: 'page-test.ts' },
]

let failures = 0
const named = process.argv.slice(2)
for (const version of named.length > 0 ? named : VERSIONS) {
  const home = join(compilers, version)
  mkdirSync(home)
  await run('npm', ['install', '--prefix', home, '--no-audit', '--no-fund', `typescript@${version}`], { cwd: home })
  const tsc = join(home, 'node_modules/typescript/bin/tsc')
  for (const { folder, consumer } of version === OLD ? projects.slice(0, 1) : projects) {
    const resolutions: readonly Resolution[] = version === OLD ? ['node'] : RESOLUTIONS
    for (const resolution of resolutions) {
      for (const skipLibCheck of [false, true]) {
        const problem = await typecheck(folder, consumer, resolution, { tsc, skipLibCheck }).catch(String)
        if (problem) failures++
        const row = [version, consumer, resolution, skipLibCheck ? 'skipLibCheck' : '', problem ?? 'ok']
        process.stdout.write(`${row.join('\t')}\n`)
      }
    }
  }
}
rmSync(compilers, { recursive: true, force: true })
process.exitCode = failures ? 1 : 0
