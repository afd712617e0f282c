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
/** The number of lines of some hundred bytes that exceeds 64 KiB. */
const MORE_THAN_FIT = 500

interface LoggingServer extends AsyncDisposable {
  /** Makes the server log a line, and checks that it is alive. */
  logLine(): Promise<void>
  /** The number of lines that could not be written. */
  dropped(): Promise<number>
  /** Makes the server log until `more` further lines are dropped. Returns the number of dropped lines. */
  untilDropped(more: number): Promise<number>
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<unknown>
}

/** Starts the built server with this file descriptor as its standard output. */
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
  async function logLine() {
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
    logLine,
    dropped,
    async untilDropped(more) {
      const wanted = (await dropped()) + more
      for (let lines = 0; lines < MORE_THAN_FIT; lines++) {
        await logLine()
        const now = await dropped()
        if (now >= wanted) return now
      }
      throw new Error('No line was dropped.')
    },
    stop,
    closePipe: () => server.stdout?.destroy(),
    async [Symbol.asyncDispose]() {
      await stop()
    },
  }
}

/** The numbers of dropped lines that the log reports, one for each gap. */
function gapsIn(log: string): number[] {
  const lines = log.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line)]
    } catch {
      // A partly written line.
      return []
    }
  })
  return lines.flatMap(({ dropped }) => (dropped === undefined ? [] : [dropped]))
}

const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0)

it('a server whose log device is full continues to work, counts dropped lines and stops cleanly', async () => {
  using folder = temporaryFolder()
  const full = openSync('/dev/full', 'w')
  await using server = await startLoggingTo(full, folder.path)
  closeSync(full)
  await server.untilDropped(20)
  expect(await server.stop()).toBe(0)
})

/** Mounts a file system of 64 KiB. Undefined without the right to mount, as in many containers. */
function smallDisk(folder: string): Disposable | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  return { [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', folder]) }
}

it('a server whose log disk is full continues to work, and logs the number of dropped lines once there is space', async ({
  skip,
}) => {
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
  await server.logLine()
  await eventually(() => expect(sum(gapsIn(readFileSync(log, 'utf8')))).toBe(missing))
  expect(await server.dropped()).toBe(missing)
})

it('a server whose log pipe is not read continues to work, and keeps the lines until the reader continues', async () => {
  using folder = temporaryFolder()
  const pipe = join(folder.path, 'pipe')
  execFileSync('mkfifo', [pipe])
  // Opened for reading and writing, so that opening does not wait for the other end.
  const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)
  const writer = openSync(pipe, 'w')
  await using server = await startLoggingTo(writer, folder.path)
  closeSync(writer)
  for (let lines = 0; lines < MORE_THAN_FIT; lines++) await server.logLine()
  expect(await server.dropped()).toBe(0)
  let log = ''
  await eventually(() => {
    log += readAll(reader)
    expect(log.match(/"answered"\}\n/g)).toHaveLength(MORE_THAN_FIT)
  })
  closeSync(reader)
})

it('a server whose log pipe has lost its reader continues to work and stops cleanly', async () => {
  using folder = temporaryFolder()
  await using server = await startLoggingTo('pipe', folder.path)
  server.closePipe()
  await server.untilDropped(20)
  expect(await server.stop()).toBe(0)
})

/** The current content of the pipe. */
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
