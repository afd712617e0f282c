import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ensureBuilt } from '@registration/test-harness'
import { run } from '../support/run.ts'

const server = join(import.meta.dirname, '../..')
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const OF_THE_HOST = ['fastify', '@fastify/cors', 'kysely', 'pg', '@types/node', '@types/pg']

/** A project that isn't ours, in `folder`: it has the plugin's tarball installed beside what a Fastify host has. */
export async function installInHost(folder: string): Promise<void> {
  ensureBuilt()
  await run('pnpm', ['pack', '--pack-destination', folder], server)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  const dependencies = Object.fromEntries(OF_THE_HOST.map((name) => [name, versionHere(name)]))
  cpSync(join(import.meta.dirname, 'host'), folder, { recursive: true })
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ type: 'module', dependencies: { ...dependencies, '@registration/server': `file:${tarball}` } }),
  )
  await run('pnpm', ['install', '--prefer-offline', '--ignore-workspace', '--config.minimum-release-age=0'], folder)
}

/** What is installed here needn't be fetched. */
function versionHere(name: string): string {
  return JSON.parse(readFileSync(join(server, 'node_modules', name, 'package.json'), 'utf8')).version
}

/** Compiles the host as strictly as can be, declarations of others included. Throws what the compiler says. */
export async function typecheckHost(folder: string): Promise<void> {
  await run(process.execPath, [tsc, '-p', 'tsconfig.json'], folder)
}
