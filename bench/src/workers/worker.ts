import { fork } from 'node:child_process'
import { once } from 'node:events'

/** A process of its own that answers commands, so that its work is nobody else's. */
export interface Worker<Command, Reply> extends AsyncDisposable {
  pid: number
  /** One at a time. @throws Error when the worker ended, or took longer than any run may */
  ask(command: Command): Promise<Reply>
}

/** The longest run, thousands of requests against a database of millions of rows, takes less than half of it. */
const ANSWER_WITHIN_MS = 180_000

/** @param file a module beside this one that calls `answerParent` */
export function startWorker<Command extends object, Reply>(file: `./${string}.ts`): Worker<Command, Reply> {
  // Without the flags of this process, which may be a test runner's.
  const child = fork(new URL(file, import.meta.url), { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    async ask(command) {
      const patience = new AbortController()
      const timer = setTimeout(() => patience.abort(new Error(`${file} took too long`)), ANSWER_WITHIN_MS)
      const gone = () => patience.abort(new Error(`${file} ended`))
      child.once('exit', gone)
      try {
        const answer = once(child, 'message', { signal: patience.signal })
        child.send(command)
        const [reply] = await answer
        return reply as Reply
      } catch (error) {
        throw patience.signal.reason ?? error
      } finally {
        clearTimeout(timer)
        child.off('exit', gone)
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Makes this process a worker: it answers its parent's commands one by one, and ends with it. */
export function answerParent<Command, Reply>(answer: (command: Command) => Promise<Reply>): void {
  process.on('message', async (command: Command) => process.send?.(await answer(command)))
  process.on('disconnect', () => process.exit())
}
