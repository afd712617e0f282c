import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '@registration/test-harness'

/** A program of src/ in its own process, with all its output. */
export interface SourceProcess extends AsyncDisposable {
  pid: number | undefined
  /** Standard output and standard error so far. */
  written(): string
  /** Resolves with the server's address once it listens. */
  ready: Promise<string>
  /** Resolves with the exit code when the process has ended. */
  ended: Promise<number | null>
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<number | null>
}

/** Runs `src/<program>` from source, with this environment and what every child process of a test needs. */
export function runSource(program: string, env: Record<string, string>, args: string[] = []): SourceProcess {
  const file = fileURLToPath(new URL(`../../src/${program}`, import.meta.url))
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...childEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  const written = () => Buffer.concat(chunks).toString('utf8')
  const ready = new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      chunks.push(chunk)
      const [, address] = /"address":"([^"]+)"/.exec(written()) ?? []
      if (address) resolve(address)
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}:\n${written()}`)))
  })
  // Without a caller that waits for `ready`, its rejection is not an error.
  ready.catch(() => undefined)
  const exited = once(child, 'close').then(([code]) => code as number | null)
  return {
    pid: child.pid,
    written,
    ready,
    ended: exited,
    async stop() {
      child.kill('SIGTERM')
      return exited
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
