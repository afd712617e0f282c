import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** A process of its own that has started a PostgreSQL. */
export interface PostgresProcess {
  url: string
  process: ChildProcess
}

const script = fileURLToPath(new URL('./run-postgres.ts', import.meta.url))

/**
 * Starts a PostgreSQL in another process, which ends it when the test is over.
 *
 * @param options.dataDir makes it the persistent one
 * @param options.script another copy of `run-postgres.ts`
 * @throws with what the process wrote, where it ended instead
 */
export async function spawnPostgres(options: {
  dataDir?: string
  env?: Record<string, string>
  uid?: number
  script?: string
}): Promise<PostgresProcess> {
  const args = [options.script ?? script, ...(options.dataDir ? [options.dataDir] : [])]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    // The leader of a process group, as under a terminal.
    detached: true,
  })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill()
    await ended
  })
  const complaint = text(child.stderr)
  const [url] = await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data') as Promise<[string]>,
    ended.then(async () => Promise.reject(new Error(await complaint))),
  ])
  return { url: url.trim(), process: child }
}
