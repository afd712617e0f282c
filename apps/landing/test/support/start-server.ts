import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = new URL('../../../../', import.meta.url)
const main = fileURLToPath(new URL('apps/server/dist/main.js', root))
const endWithParent = new URL('scripts/end-with-parent.ts', root).href

/** Runs the built server as a process of its own; resolves when it is ready. */
export async function startServer(env: Record<string, string>): Promise<AsyncDisposable> {
  const child = spawn(process.execPath, ['--import', endWithParent, main], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const output: string[] = []
  const ready = new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      output.push(line)
      if (line.includes('"msg":"ready"')) resolve()
    })
  })
  const early = ended.then(() => {
    throw new Error(`The server ended before it was ready:\n${output.join('\n')}`)
  })
  await Promise.race([ready, early])
  early.catch(() => undefined)
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
