import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { childEnvironment } from '@registration/test-harness'
import { killOnExit } from '../chaos/support/kill-on-exit.ts'

export interface RunningHost extends AsyncDisposable {
  url: string
  /** Sends SIGTERM and resolves with the exit code. */
  close(): Promise<number | null>
}

/** Starts the host that was installed in `folder`. Rejects with its error output if it ends instead. */
export async function startHost(folder: string, env: Record<string, string>): Promise<RunningHost> {
  const child = spawn(process.execPath, ['host.ts'], {
    cwd: folder,
    env: { ...childEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  killOnExit(child)
  const exited = once(child, 'exit')
  const errorOutput = text(child.stderr)
  const [line] = await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data') as Promise<[string]>,
    exited.then(async () => Promise.reject(new Error(await errorOutput))),
  ])
  const close = async () => {
    child.kill('SIGTERM')
    const [code] = await exited
    return code as number | null
  }
  return { url: line.trim(), close, [Symbol.asyncDispose]: async () => void (await close()) }
}
