import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** How a command ended. */
export interface StepResult {
  /** The exit code; `null` where a signal ended it, such as the one for a command that takes too long. */
  code: number | null
  /** What it wrote; empty where that went to the terminal. */
  output: string
}

/** A command that doesn't hear a SIGTERM gets so long before the SIGKILL. */
const patienceMs = 15_000

/**
 * Runs a command to its end, in a process group of its own. Whatever of the group is left then is killed, so that nothing a command
 * started and forgot outlives it.
 *
 * @param options.signal ends it early
 * @param options.show lets it write to the terminal
 */
export async function runStep(
  [program, ...args]: readonly [string, ...string[]],
  options: { minutes: number; signal: AbortSignal; show?: boolean },
): Promise<StepResult> {
  const stream = options.show ? 'inherit' : 'pipe'
  const child = spawn(program, args, { stdio: ['ignore', stream, stream], detached: true })
  const killGroup = (signal: NodeJS.Signals) => {
    try {
      if (child.pid) process.kill(-child.pid, signal)
    } catch (error) {
      // Nobody is left.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  const atExit = () => killGroup('SIGKILL')
  process.once('exit', atExit)

  const enough = AbortSignal.any([options.signal, AbortSignal.timeout(options.minutes * 60_000)])
  const end = () => {
    killGroup('SIGTERM')
    setTimeout(() => killGroup('SIGKILL'), patienceMs).unref()
  }
  if (enough.aborted) end()
  enough.addEventListener('abort', end, { once: true })

  const output = Promise.all([child.stdout, child.stderr].map((written) => (written ? text(written) : '')))
  const [code] = (await once(child, 'exit')) as [number | null]
  enough.removeEventListener('abort', end)
  killGroup('SIGKILL')
  process.off('exit', atExit)
  return { code, output: (await output).join('') }
}
