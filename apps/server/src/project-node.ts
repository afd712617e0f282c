import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The environment variable that marks the child process started here. */
const CHILD_MARK = 'REGISTRATION_ON_PROJECT_NODE'

/** Whether this Node is supported, as `engines` in package.json specifies. */
export function isNodeRecent(version = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major >= 25 || (major === 24 && minor >= 11) || (major === 22 && minor >= 18)
}

/**
 * Runs the same command on the project's own Node, because the machine's is too old. Signals are forwarded, and if this
 * process is killed, the child ends too, so that both behave like one process.
 */
export function runOnProjectNode(): void {
  const node = findProjectNode(dirname(fileURLToPath(import.meta.url)))
  if (!node) {
    const remedy = 'Use Node 22.18, 24.11 or a newer one, or run `npm run setup` in the project, which brings its own.'
    process.stderr.write(`Node ${process.version} is too old to run this server. ${remedy}\n`)
    process.exit(1)
  }
  // Registered before the spawn, because a signal in between would end only this process.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  const child = spawn(node, process.argv.slice(1), {
    env: { ...process.env, [CHILD_MARK]: '1' },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  child.on('exit', (code) => process.exit(code ?? 1))
}

/** Kills this process when the launcher that started it by `runOnProjectNode` ends. */
export function endWithLauncher(): void {
  if (process.env[CHILD_MARK] !== '1') return
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
}

function findProjectNode(folder: string): string | undefined {
  const node = join(folder, '.toolchain', 'node_modules', '.bin', 'node')
  if (existsSync(node)) return node
  return dirname(folder) === folder ? undefined : findProjectNode(dirname(folder))
}
