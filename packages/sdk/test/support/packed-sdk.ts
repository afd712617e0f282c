import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ensureBuilt } from '@registration/test-harness'
import { run } from './run.ts'

export const root = join(import.meta.dirname, '../..')

/** Where a development dependency of ours lies, to be linked into a project that is not ours. */
function installed(name: string): string {
  return realpathSync(join(root, 'node_modules', name))
}

/** The SDK as its users get it: built, packed, and installed by pnpm into empty projects. */
export async function packSdk() {
  ensureBuilt()
  const folder = mkdtempSync(join(tmpdir(), 'registration-sdk-'))
  await run('pnpm', ['pack', '--pack-destination', folder], { cwd: root })
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '')

  return {
    /** Removed with everything in it at the end. */
    folder,
    tarball,

    /** A project with only the SDK and, by links, the named packages. */
    async project(name: string, linked: string[] = []): Promise<string> {
      const project = join(folder, name)
      mkdirSync(join(project, 'node_modules'), { recursive: true })
      writeFileSync(
        join(project, 'package.json'),
        JSON.stringify({ type: 'module', dependencies: { '@registration/sdk': `file:${tarball}` } }),
      )
      await run('pnpm', ['install', '--offline', '--ignore-workspace'], { cwd: project })
      for (const dependency of linked) {
        mkdirSync(dirname(join(project, 'node_modules', dependency)), { recursive: true })
        symlinkSync(installed(dependency), join(project, 'node_modules', dependency), 'junction')
      }
      return project
    },

    [Symbol.dispose]() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
