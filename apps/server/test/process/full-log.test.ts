import { execFileSync, spawn } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { childEnvironment, ensureBuilt, eventually } from '@registration/test-harness'
import { expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { migratedDatabase } from '../support/migrated-database.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const MAIN = join(import.meta.dirname, '../../dist/main.js')
const METRICS_KEY = '0123456789abcdef'
/** Of lines of some hundred bytes, into 64 KiB. */
const MORE_THAN_FIT = 500

interface LoggingServer extends AsyncDisposable {
  /** Lets it write a line of the log, and asks it whether it is alive. */
  letLog(): Promise<void>
  /** Lines that it could not write. */
  dropped(): Promise<number>
  /** Lets it log until so many more lines are missing; says how many are then. */
  untilDropped(more: number): Promise<number>
  /** Resolves with its exit code, once it was told to stop and has. */
  stop(): Promise<unknown>
}

/** The built server, which logs to this file descriptor. */
async function startLoggingTo(
  stdout: number | 'pipe',
  dataDir: string,
): Promise<LoggingServer & { closePipe(): void }> {
  ensureBuilt()
  const port = await freePort()
  const env = {
    ...childEnvironment(),
    DATABASE_URL: await migratedDatabase(),
    DATA_DIR: dataDir,
    PARTNER_URL: 'http://127.0.0.1:9',
    PORT: `${port}`,
    RATE_LIMIT_IP: 'off',
    OPERATOR_API_KEYS: `ann:${METRICS_KEY}`,
  }
  const server = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', stdout, 'ignore'] })
  const ended = new Promise((resolve) => server.once('exit', (code, signal) => resolve(signal ?? code)))
  const url = `http://127.0.0.1:${port}`
  const headers = { authorization: `Bearer ${METRICS_KEY}` }
  const alive = async () => expect((await fetch(`${url}/livez`)).status).toBe(200)
  async function letLog() {
    const answer = await fetch(`${url}/api/users/registration-status`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ idempotencyKey: 'a key that nobody has ever had' }),
    })
    expect(answer.status).toBe(400)
    await alive()
  }
  async function dropped() {
    const text = await (await fetch(`${url}/metrics`, { headers })).text()
    return Number(/^registration_log_lines_dropped_total (\d+)/m.exec(text)?.[1])
  }
  async function stop() {
    server.kill('SIGTERM')
    return ended
  }
  await eventually(alive)
  return {
    letLog,
    dropped,
    async untilDropped(more) {
      const wanted = (await dropped()) + more
      for (let lines = 0; lines < MORE_THAN_FIT; lines++) {
        await letLog()
        const now = await dropped()
        if (now >= wanted) return now
      }
      throw new Error('All lines could be written.')
    },
    stop,
    closePipe: () => server.stdout?.destroy(),
    async [Symbol.asyncDispose]() {
      await stop()
    },
  }
}

/** How many lines are missing by what the log says itself, one number for each gap. */
function gapsIn(log: string): number[] {
  const lines = log.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line)]
    } catch {
      // A line that was written in part.
      return []
    }
  })
  return lines.flatMap(({ dropped }) => (dropped === undefined ? [] : [dropped]))
}

const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0)

it('goes on although the device of its log is full, counts the lines that are missing, and stops in order', async () => {
  using folder = temporaryFolder()
  const full = openSync('/dev/full', 'w')
  await using server = await startLoggingTo(full, folder.path)
  closeSync(full)
  await server.untilDropped(20)
  expect(await server.stop()).toBe(0)
})

/** Needs the right to mount, which a container may not have. */
function smallDisk(folder: string): Disposable | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  return { [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', folder]) }
}

it('goes on over a disk that is full, and says how many lines are missing once there is room', async ({ skip }) => {
  using folder = temporaryFolder()
  using disk = smallDisk(folder.path)
  if (!disk) return skip('no file system can be mounted here')
  using dataDir = temporaryFolder()
  const log = join(folder.path, 'log')
  const filler = join(folder.path, 'filler')
  writeFileSync(filler, Buffer.alloc(32 * 1024))
  const file = openSync(log, 'a')
  await using server = await startLoggingTo(file, dataDir.path)
  closeSync(file)
  const missing = await server.untilDropped(20)
  rmSync(filler)
  await server.letLog()
  await eventually(() => expect(sum(gapsIn(readFileSync(log, 'utf8')))).toBe(missing))
  expect(await server.dropped()).toBe(missing)
})

it('goes on while the reader of its pipe has stopped, and keeps the lines for when it reads again', async () => {
  using folder = temporaryFolder()
  const pipe = join(folder.path, 'pipe')
  execFileSync('mkfifo', [pipe])
  // For both, it doesn't wait for somebody at the other end.
  const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)
  const writer = openSync(pipe, 'w')
  await using server = await startLoggingTo(writer, folder.path)
  closeSync(writer)
  for (let lines = 0; lines < MORE_THAN_FIT; lines++) await server.letLog()
  expect(await server.dropped()).toBe(0)
  let log = ''
  await eventually(() => {
    log += readAll(reader)
    expect(log.match(/"answered"\}\n/g)).toHaveLength(MORE_THAN_FIT)
  })
  closeSync(reader)
})

it('goes on although the reader of its pipe has ended', async () => {
  using folder = temporaryFolder()
  await using server = await startLoggingTo('pipe', folder.path)
  server.closePipe()
  await server.untilDropped(20)
  expect(await server.stop()).toBe(0)
})

/** What is in the pipe now. */
function readAll(pipe: number): string {
  const chunk = Buffer.alloc(64 * 1024)
  let text = ''
  try {
    for (;;) text += chunk.toString('utf8', 0, readSync(pipe, chunk))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    return text
  }
}
