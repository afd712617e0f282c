import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Set for the child that this file starts, and for nobody else. */
const CHILD_MARK = 'REGISTRATION_ON_PROJECT_NODE'

/** Whether this Node runs our dependencies, as `engines` in package.json has it. */
export function isNodeRecent(version = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major >= 25 || (major === 24 && minor >= 11) || (major === 22 && minor >= 18)
}

/**
 * Runs the same command on the Node that the project brought, where the machine's own is too old. Signals are passed
 * on, and should this process be killed, the other one is too: outside it is one process.
 */
export function runOnProjectNode(): void {
  const node = findProjectNode(dirname(fileURLToPath(import.meta.url)))
  if (!node) {
    const remedy = 'Use Node 22.18, 24.11 or a newer one, or run `npm run setup` in the project, which brings its own.'
    process.stderr.write(`Node ${process.version} is too old to run this server. ${remedy}\n`)
    process.exit(1)
  }
  // Before it is started: a signal that came in between would end this process alone.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  const child = spawn(node, process.argv.slice(1), {
    env: { ...process.env, [CHILD_MARK]: '1' },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  child.on('exit', (code) => process.exit(code ?? 1))
}

/** Ends this process with the one that started it by `runOnProjectNode`, as abruptly as that one ended. */
export function endWithLauncher(): void {
  if (process.env[CHILD_MARK] !== '1') return
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
}

function findProjectNode(folder: string): string | undefined {
  const node = join(folder, '.toolchain', 'node_modules', '.bin', 'node')
  if (existsSync(node)) return node
  return dirname(folder) === folder ? undefined : findProjectNode(dirname(folder))
}
