import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { childEnvironment, ensureBuilt } from '@registration/test-harness'
import { killOnExit } from './kill-on-exit.ts'

export type ServerEnvironment = Readonly<Record<string, string>>

/** How a process ended: one of the two is null. */
export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** One line of the server's log, as pino writes it. */
export type LogLine = Readonly<Record<string, unknown>>

/** The built server, `dist/main.js`, in its own process, which can be killed, frozen and restarted. */
export interface ServerProcess extends AsyncDisposable {
  /** Its environment. */
  readonly env: ServerEnvironment
  /** Where it listens; the port changes with each start. Undefined while it is stopped. */
  readonly url: string | undefined
  /** Its log, over all its starts. */
  readonly log: readonly LogLine[]
  /** Resolves when it is ready. @throws Error with its output if it ended instead */
  start(): Promise<void>
  /** Sends a signal such as SIGSTOP. */
  signal(signal: NodeJS.Signals): void
  /** Sends the signal and resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<Exit>
  /** Its resident memory, in bytes. */
  residentBytes(): number
}

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url))
const BYTES_PER_KIBIBYTE = 1024

type Child = ChildProcessByStdio<null, Readable, Readable>

interface Run {
  child: Child
  exited: Promise<Exit>
  url?: string
}

/** Starts the server on a free port, with this environment only. @param main the main file of another build */
export async function startServerProcess(env: ServerEnvironment, main = MAIN): Promise<ServerProcess> {
  if (main === MAIN) ensureBuilt()
  const log: LogLine[] = []
  let run: Run | undefined

  async function start(): Promise<void> {
    const started = launch(env, main)
    run = started
    void started.exited.then(() => delete started.url)
    started.url = await readyAt(started, log)
  }

  async function end(signal: NodeJS.Signals): Promise<Exit> {
    if (!run) throw new Error('The server was not started.')
    run.child.kill(signal)
    return run.exited
  }

  const server: ServerProcess = {
    env,
    get url() {
      return run?.url
    },
    log,
    start,
    signal: (signal) => void run?.child.kill(signal),
    end,
    residentBytes: () => Number(execFileSync('ps', ['-o', 'rss=', '-p', `${run?.child.pid}`])) * BYTES_PER_KIBIBYTE,
    async [Symbol.asyncDispose]() {
      // The only signal that ends a frozen process.
      await end('SIGKILL')
    },
  }
  await start().catch(async (error: unknown) => {
    await end('SIGKILL')
    throw error
  })
  return server
}

function launch(env: ServerEnvironment, main: string): Run {
  const child = spawn(process.execPath, [main], {
    env: { ...childEnvironment(), PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  killOnExit(child)
  const exited = once(child, 'exit').then(([code, signal]): Exit => ({ code, signal }))
  return { child, exited }
}

/** Collects the log, and resolves with the address once the server logs that it is ready. */
function readyAt({ child, exited }: Run, log: LogLine[]): Promise<string> {
  const before = log.length
  return new Promise((resolve, reject) => {
    const fail = (how: string) => {
      const lines = log.slice(before).map((line) => JSON.stringify(line))
      reject(new Error(`The server ${how}:\n${lines.join('\n')}`))
    }
    createInterface(child.stderr).on('line', (line) => log.push({ msg: line }))
    createInterface(child.stdout).on('line', (line) => {
      const entry = parseLine(line)
      log.push(entry)
      if (entry['msg'] === 'ready') resolve(`${entry['address']}`)
    })
    child.once('close', () => exited.then(({ code, signal }) => fail(`ended with ${signal ?? code}`)))
  })
}

function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line)
  } catch {
    return { msg: line }
  }
}
