import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Should this process die, however suddenly, the child is killed too. A child that is frozen can't see to that itself;
 * a shell in a process group of its own, which Ctrl-C doesn't reach, notices that its standard input has ended.
 */
export function killOnExit(child: ChildProcess): void {
  const reaper = spawn('sh', ['-c', 'read -r _; kill -KILL "$1"', 'sh', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  child.once('exit', () => reaper.kill('SIGKILL'))
}
