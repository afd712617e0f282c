import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable } from 'node:stream'

/** A Node process of ours. */
export interface Child extends AsyncDisposable {
  /** What it writes; empty where that goes elsewhere. */
  stdout: Readable
  /** Rejects when the process ends without being told to. Never resolves. */
  failure: Promise<never>
}

/**
 * Starts a script in a separate process. It ends with this one, however this one dies, but does not receive its Ctrl-C: this
 * process decides the order in which children end. Disposing of it waits until it has ended cleanly.
 *
 * @param name what a person calls it
 * @param options.nodeOptions further ones for Node, such as `--watch`
 */
export function startChild(
  name: string,
  script: string,
  { env, stdio, nodeOptions = [] }: { env: NodeJS.ProcessEnv; stdio: StdioOptions; nodeOptions?: string[] },
): Child {
  const args = [...nodeOptions, '--import', './scripts/end-with-parent.ts', script]
  const child: ChildProcess = spawn(process.execPath, args, { env, stdio, detached: true })
  const ended = once(child, 'exit')
  let told = false
  const failure = ended.then(([code, signal]) => {
    if (told) return new Promise<never>(() => {})
    throw new Error(`The ${name} has ended by itself (${signal ?? `exit code ${code}`}).`)
  })
  // There may be nobody to hear of it.
  failure.catch(() => {})
  return {
    stdout: child.stdout ?? Readable.from([]),
    failure,
    async [Symbol.asyncDispose]() {
      told = true
      child.kill()
      await ended
    },
  }
}
