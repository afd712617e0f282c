import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { MARK } from './run-mark.ts'

/** Watches over every process that a run of the tests starts. */
export interface Reaper {
  /** Ends what is still there. Resolves with a line for each process that had to be ended, now or before. */
  stop(): Promise<string[]>
}

/**
 * Marks every process that this one starts from now on, and guarantees its end: an orphan is ended while this process runs, all others
 * when this process ends, also by a SIGKILL. Only PostgreSQL has no mark: its own supervisor ends it with the process that started it.
 */
export function startReaper(): Reaper {
  const run = randomUUID()
  // In a process group of its own, which Ctrl-C doesn't reach. Its standard input ends when this process does, however that ends.
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./reaper.ts', import.meta.url)), run, `${process.pid}`],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    },
  )
  const written = text(child.stdout)
  const exited = once(child, 'exit')
  child.unref()
  process.env[MARK] = [process.env[MARK], run].filter(Boolean).join()
  return {
    async stop() {
      child.ref()
      child.stdin.end('stop')
      const [code] = await exited
      if (code !== 0) throw new Error(`The reaper ended with ${code}: processes of this run may be left behind.`)
      return (await written).split('\n').filter((line) => line !== '')
    },
  }
}
