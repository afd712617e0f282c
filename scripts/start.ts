// `npm start`: the whole thing on this machine. Builds, starts a partner that is a sandbox, the landing page, and the server with
// its own PostgreSQL and the operators' console; registers one visitor through the SDK, shows what happened, and serves until Ctrl-C.
import './end-with-parent.ts'
import { once } from 'node:events'
import { runStep } from './run-step.ts'
import { freePort } from './start/free-port.ts'

/** One Ctrl-C may arrive several times, by the terminal and by npm. A person who repeats it means it. */
const sameSignalMs = 1_000

const interrupt = new AbortController()
const { signal } = interrupt
let toldAt: number | undefined
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    toldAt ??= performance.now()
    // The child processes notice, and end cleanly on their own.
    if (performance.now() - toldAt > sameSignalMs) process.exit(1)
    interrupt.abort()
  })
}

try {
  await start()
} catch (error) {
  if (!signal.aborted) {
    say(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}
process.exit()

async function start(): Promise<void> {
  const { PORT, DATA_DIR } = process.env
  const port = await freePort(Number(PORT || 3000))
  const dataDir = DATA_DIR || '.data'

  say('Building…')
  const build = await runStep(['node', 'scripts/build.cjs', '--output-logs=errors-only'], { minutes: 10, signal })
  if (build.code !== 0) throw new Error(`The build failed.\n${build.output}`)
  // They need what was built.
  const { startSystem } = await import('./start/start-system.ts')
  const { registerVisitor } = await import('./start/register-visitor.ts')
  const { readBack } = await import('./start/read-back.ts')
  const { readLedger } = await import('./start/read-ledger.ts')

  say('Starting…')
  await using parts = new AsyncDisposableStack()
  const system = await startSystem(parts, { port, dataDir, signal })
  const { depositUrl, registrationId, userData } = await registerVisitor(system.serverUrl, system.sandboxUrl, signal)
  const { databaseUrl, row, count } = await readBack(dataDir, registrationId)

  table('A visitor was registered through the SDK', { email: userData.email, depositUrl })
  table('The row in PostgreSQL, read back', row)
  table('The account, by the partner’s own ledger', await readLedger(system.sandboxUrl, userData.email))
  table(`Registrations so far: ${count}. Now running`, {
    'landing page': `${system.landingUrl}?tag=demo&click_id=42`,
    console: system.consoleUrl,
    'operator key': system.operatorKey,
    server: system.serverUrl,
    docs: `${system.serverUrl}/docs`,
    'partner sandbox': system.sandboxUrl,
    database: databaseUrl,
    log: system.logFile,
  })
  say('\nCtrl-C ends all of it; the data stay.')

  await Promise.race([once(signal, 'abort'), system.failure])
  say('\nEnding…')
}

function table(title: string, rows: Record<string, unknown>): void {
  say(`\n${title}:`)
  for (const [name, value] of Object.entries(rows)) {
    say(`  ${name.padEnd(16)} ${value instanceof Date ? value.toISOString() : value}`)
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
