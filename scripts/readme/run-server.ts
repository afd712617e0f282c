import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** The built server as the README runs it, and where it listens. */
export interface RunningServer extends AsyncDisposable {
  url: string
}

export async function runServer(env: Record<string, string>): Promise<RunningServer> {
  const child = spawn('node', ['apps/server/dist/main.js'], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { url: await listeningOrigin(child), [Symbol.asyncDispose]: () => end(child) }
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

async function end(child: ChildProcess): Promise<void> {
  if (child.kill()) await once(child, 'exit')
}
