import { type ChildProcess, spawn } from 'node:child_process'

/** Lets the child be killed should this process die without a word: a shell sees its standard input end then. */
export function endWithUs(child: ChildProcess): void {
  const guard = spawn('sh', ['-c', 'cat >/dev/null; kill -KILL "$0"', `${child.pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  child.once('exit', () => guard.kill('SIGKILL'))
}
