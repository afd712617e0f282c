import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Subject } from '../contender.ts'
import { LANDING_ORIGIN } from '../workers/visitor.ts'
import type { MeasuredDatabase } from './start-database.ts'

export interface ServerOptions {
  partnerUrl: string
  /** The built `main.js`. */
  main: string
  /** Where every registration needs a proof: what signs it. */
  proofSecret?: string
  /** What differs from production's defaults. */
  env?: Readonly<Record<string, string>>
  /** Where the process leaves its profile of the processor when it ends. */
  profileDir?: string | undefined
}

export interface SubjectOptions extends ServerOptions {
  openDatabase(): Promise<MeasuredDatabase>
}

/** The built server as a process, and how long it took to be ready. */
export interface ServerProcess extends AsyncDisposable {
  pid: number
  origin: string
  readyMs: number
}

const READY_WITHIN_MS = 300_000
const LOOK_EVERY_MS = 5
const LOOK_FOR_EVENTS_EVERY_MS = 100

/** The built server with a database of its own. */
export async function startServer(options: SubjectOptions): Promise<Subject> {
  await using started = new AsyncDisposableStack()
  const database = started.use(await options.openDatabase())
  const { pid, origin } = started.use(await startServerOn(database, options))
  const owned = started.move()
  return {
    pid,
    origin,
    database,
    countRows: (prefix) => countSucceeded(database, prefix),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Starts the server as production does: its environment alone, its log in a file. */
export async function startServerOn(database: MeasuredDatabase, options: ServerOptions): Promise<ServerProcess> {
  const { partnerUrl, main, proofSecret, env, profileDir } = options
  await using started = new AsyncDisposableStack()
  const dataDir = mkdtempSync(join(tmpdir(), 'registration-bench-'))
  const remove = () => rmSync(dataDir, { recursive: true, force: true })
  process.once('exit', remove)
  started.defer(() => void process.off('exit', remove))
  started.defer(remove)
  const logFile = join(dataDir, 'log')
  const log = openSync(logFile, 'a')
  const profile = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`]
  const begun = performance.now()
  const child = spawn(process.execPath, [...profile, main], {
    env: { ...productionOf(database.url, partnerUrl, dataDir), ...verificationBy(proofSecret), ...env },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const exited = once(child, 'exit')
  endWithUs(child)
  started.defer(async () => {
    child.kill('SIGTERM')
    await exited
  })
  const origin = await listeningOrigin(logFile, () => child.exitCode !== null)
  const { ok } = await fetch(`${origin}/readyz`)
  if (!ok) throw new Error('The server says that it is ready, and /readyz that it is not.')
  const readyMs = performance.now() - begun
  const owned = started.move()
  return { pid: child.pid ?? 0, origin, readyMs, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** What production must say, with limits that count and refuse nobody. */
function productionOf(databaseUrl: string, partnerUrl: string, dataDir: string): Record<string, string> {
  return {
    NODE_ENV: 'production',
    PORT: '0',
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    PARTNER_URL: partnerUrl,
    ALLOWED_ORIGINS: LANDING_ORIGIN,
    // Servers follow each other on one database, which knows a key by its id.
    ENCRYPTION_KEYS: `bench:${Buffer.alloc(32, 1).toString('base64')}`,
    TRUSTED_PROXIES: 'none',
    RATE_LIMIT_IP: '1000000000/min',
    RATE_LIMIT_EMAIL: '1000/hour',
  }
}

function verificationBy(proofSecret: string | undefined): Record<string, string> {
  if (proofSecret === undefined) return { VERIFICATION: 'off' }
  return { VERIFICATION: 'hs256', VERIFICATION_SECRET: proofSecret }
}

async function listeningOrigin(logFile: string, hasEnded: () => boolean): Promise<string> {
  for (const until = performance.now() + READY_WITHIN_MS; performance.now() < until && !hasEnded(); ) {
    const origin = /"address":"([^"]+)","msg":"ready"/.exec(readFileSync(logFile, 'utf8'))?.[1]
    if (origin) return origin
    await pause(LOOK_EVERY_MS)
  }
  throw new Error(`The server did not start:\n${readFileSync(logFile, 'utf8')}`)
}

async function countSucceeded({ client }: MeasuredDatabase, prefix: string): Promise<number> {
  // Code-point order, so that the index on the folded e-mail finds them: `:` follows the digits.
  const { rows } = await client.query(
    `select count(*)::int from registrations
     where email_folded >= $1 and email_folded < $2 and status = 'succeeded'`,
    [prefix, `${prefix}:`],
  )
  return rows[0].count
}

/** The built server with one webhook endpoint that accepts every event at once. */
export async function startTellingServer(options: SubjectOptions): Promise<Subject> {
  await using started = new AsyncDisposableStack()
  const receiver = createServer((request, response) => {
    request.resume()
    response.writeHead(204).end()
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  started.defer(() => {
    receiver.closeAllConnections()
    receiver.close()
  })
  const { port } = receiver.address() as AddressInfo
  const env = {
    ...options.env,
    // In production an app has to be told by https.
    NODE_ENV: 'development',
    WEBHOOK_ENDPOINTS: `bench:http://127.0.0.1:${port}/`,
    WEBHOOK_SECRETS: `bench:whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  }
  const subject = started.use(await startServer({ ...options, env }))
  const owned = started.move()
  return {
    ...subject,
    async untilDone() {
      const waiting = `select from registration_events where state = 'waiting' limit 1`
      while ((await subject.database.client.query(waiting)).rows.length > 0) await pause(LOOK_FOR_EVENTS_EVERY_MS)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Kills the child if this process dies, however suddenly: a shell then sees the end of its standard input. */
function endWithUs(child: ChildProcess): void {
  const guard = spawn('sh', ['-c', 'cat >/dev/null; kill -KILL "$0"', `${child.pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  child.once('exit', () => guard.kill('SIGKILL'))
}
