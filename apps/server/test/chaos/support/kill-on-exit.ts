import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Kills the child when this process ends, even by SIGKILL. A frozen child can't notice that itself;
 * a shell in its own process group, which Ctrl-C doesn't reach, sees its standard input end.
 */
export function killOnExit(child: ChildProcess): void {
  const reaper = spawn('sh', ['-c', 'read -r _; kill -KILL "$1"', 'sh', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  child.once('exit', () => reaper.kill('SIGKILL'))
}
