import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { compose, createLog, type Orchestrator, openTracing } from './compose.ts'
import type { Config } from './config/config.ts'
import { ConfigError, loadConfig } from './config/load-config.ts'
import { createServer } from './http/create-server.ts'
import { processClock } from './registration/clock.ts'

/** A database; `stop` ends it if it is embedded. */
interface DatabaseHandle {
  url: string
  stop(): Promise<void>
}

/** The time between failing `/readyz` and closing the port, in which a load balancer can stop sending traffic. */
const LAME_DUCK_MS = 500
const SAME_SIGNAL_MS = 1_000
/** Added to the longest time that a request and its call to the partner can take. After that, the process exits. */
const STOP_MARGIN_MS = 10_000

/** Runs the standalone server until it gets a signal to stop. */
export async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  const config = configOrExit(env)
  const { log, droppedLines } = createLog(config)
  const database = await findDatabase(config).catch((error: unknown) => exitFor(log, error))
  const tracing = await openTracing(config.traces, log)
  const orchestrator = compose({ ...config, databaseUrl: database.url }, log, {
    tracing,
    droppedLogLines: droppedLines,
  })
  const server = await createServer(orchestrator, { publicOrigin: config.publicOrigin, log })
  try {
    await orchestrator.start()
    await server.listen({ host: config.host, port: config.port })
  } catch (error) {
    await database.stop()
    exitFor(log, error)
  }
  let stoppingSince: number | undefined
  const stop = async (signal: NodeJS.Signals) => {
    if (stoppingSince !== undefined) return exitOnSecondSignal(stoppingSince, log)
    stoppingSince = processClock.now()
    log.info({ signal }, 'stopping')
    exitAfter(config.requestDeadlineMs + config.partnerTimeoutMs + STOP_MARGIN_MS, log)
    await stopInOrder(server, orchestrator, database)
    await tracing?.stop()
    log.info('stopped')
    // pino writes synchronously, so no log line is lost.
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
  // Logged after the signal handlers are set, because a supervisor that waits for this line may send a signal at once.
  log.info({ address: server.listeningOrigin }, 'ready')
}

async function stopInOrder(server: FastifyInstance, orchestrator: Orchestrator, database: DatabaseHandle) {
  orchestrator.announceStop()
  await processClock.pause(LAME_DUCK_MS)
  await server.close()
  await orchestrator.stop()
  await database.stop()
}

/** Exits on a second signal, unless it follows at once: a terminal and a launcher may both forward the same one. */
function exitOnSecondSignal(stoppingSince: number, log: Logger): void {
  if (processClock.now() - stoppingSince < SAME_SIGNAL_MS) return
  log.fatal('second signal to stop: exiting at once, unfinished registrations are left to recovery')
  process.exit(1)
}

function exitAfter(ms: number, log: Logger): void {
  setTimeout(() => {
    log.fatal('stopping took too long: unfinished registrations are left to recovery')
    process.exit(1)
  }, ms).unref()
}

function configOrExit(env: NodeJS.ProcessEnv): Config {
  try {
    return loadConfig(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

function exitFor(log: Logger, err: unknown): never {
  log.fatal({ err }, `the server can't start: ${err instanceof Error ? err.message : String(err)}`)
  process.exit(1)
}

/** The configured database, or an embedded one that stops with this process. */
async function findDatabase({ databaseUrl, dataDir }: Config): Promise<DatabaseHandle> {
  if (databaseUrl !== undefined) return { url: databaseUrl, stop: async () => undefined }
  const { startPersistentPostgres } = await import('@registration/local-postgres')
  return startPersistentPostgres({ dataDir })
}
