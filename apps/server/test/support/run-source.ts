import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '@registration/test-harness'

/** A program of ours as a process of its own, with every byte that it wrote. */
export interface SourceProcess extends AsyncDisposable {
  pid: number | undefined
  /** Standard output and standard error, as far as they came. */
  written(): string
  /** Resolves with its address once it serves. */
  ready: Promise<string>
  /** Resolves with its exit code when it has ended by itself, or was stopped. */
  ended: Promise<number | null>
  /** Tells it to stop, and resolves when it has. */
  stop(): Promise<number | null>
}

/** Runs `src/<program>` as it is, in this environment and what any child of a test needs. */
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
  // Whoever doesn't wait for it isn't told.
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
