import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ensureBuilt } from '@registration/test-harness'
import { run } from '../support/run.ts'

const server = join(import.meta.dirname, '../..')
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const HOST_PACKAGES = ['fastify', '@fastify/cors', 'kysely', 'pg', '@types/node', '@types/pg']

/** Creates a host project in `folder`, with the plugin's tarball and the usual packages of a Fastify server. */
export async function installInHost(folder: string): Promise<void> {
  ensureBuilt()
  await run('pnpm', ['pack', '--pack-destination', folder], server)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  const dependencies = Object.fromEntries(HOST_PACKAGES.map((name) => [name, installedVersion(name)]))
  cpSync(join(import.meta.dirname, 'host'), folder, { recursive: true })
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ type: 'module', dependencies: { ...dependencies, '@registration/server': `file:${tarball}` } }),
  )
  await run('pnpm', ['install', '--prefer-offline', '--ignore-workspace', '--config.minimum-release-age=0'], folder)
}

/** The version that is installed in this repository, which need not be downloaded. */
function installedVersion(name: string): string {
  return JSON.parse(readFileSync(join(server, 'node_modules', name, 'package.json'), 'utf8')).version
}

/** Compiles the host in strict mode, with the declarations of its packages. Throws the compiler's errors. */
export async function typecheckHost(folder: string): Promise<void> {
  await run(process.execPath, [tsc, '-p', 'tsconfig.json'], folder)
}
