import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { ensureBuilt } from '@registration/test-harness'

/** The built server as the README runs it, and where it listens. Disposing of it waits until it has ended. */
export interface RunningServer extends AsyncDisposable {
  url: string
}

export async function runServer(env: Record<string, string>): Promise<RunningServer> {
  ensureBuilt()
  const child = spawn('node', ['apps/server/dist/main.js'], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  await using starting = new AsyncDisposableStack()
  starting.defer(async () => {
    child.kill()
    await ended
  })
  const url = await listeningOrigin(child)
  const running = starting.move()
  return { url, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

async function listeningOrigin(child: ChildProcess & { stdout: NodeJS.ReadableStream }): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, address } = JSON.parse(line)
    if (msg === 'ready') {
      child.stdout.resume()
      return address
    }
  }
  throw new Error('the server ended before it was ready')
}
