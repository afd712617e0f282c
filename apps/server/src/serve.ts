import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { compose, createLog, type Orchestrator, openTracing } from './compose.ts'
import type { Config } from './config/config.ts'
import { ConfigError, loadConfig } from './config/load-config.ts'
import { createServer } from './http/create-server.ts'
import { processClock } from './registration/clock.ts'

/** A database, and what ends it where it is ours. */
interface DatabaseHandle {
  url: string
  stop(): Promise<void>
}

/** Between failing `/readyz` and closing the port, so that a load balancer can look elsewhere first. */
const LAME_DUCK_MS = 500
const SAME_SIGNAL_MS = 1_000
/** Past the deadline of the last request and the call it may have begun, nothing that remains is worth waiting for. */
const STOP_MARGIN_MS = 10_000

/** Runs the server of its own until it is told to stop. */
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
    if (stoppingSince !== undefined) return insist(stoppingSince, log)
    stoppingSince = processClock.now()
    log.info({ signal }, 'stopping')
    giveUpAfter(config.requestDeadlineMs + config.partnerTimeoutMs + STOP_MARGIN_MS, log)
    await stopInOrder(server, orchestrator, database)
    await tracing?.stop()
    log.info('stopped')
    // pino writes synchronously; what else is open holds nothing that matters.
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
  // Whoever waits for this line may tell it to stop in the next moment.
  log.info({ address: server.listeningOrigin }, 'ready')
}

async function stopInOrder(server: FastifyInstance, orchestrator: Orchestrator, database: DatabaseHandle) {
  orchestrator.announceStop()
  await processClock.pause(LAME_DUCK_MS)
  await server.close()
  await orchestrator.stop()
  await database.stop()
}

/** A terminal and a launcher may both pass one signal on; a person who repeats it means it. */
function insist(stoppingSince: number, log: Logger): void {
  if (processClock.now() - stoppingSince < SAME_SIGNAL_MS) return
  log.fatal('told to stop a second time: what is unfinished is left to recovery')
  process.exit(1)
}

function giveUpAfter(ms: number, log: Logger): void {
  setTimeout(() => {
    log.fatal('stopping took too long: what is unfinished is left to recovery')
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

/** The configured database, or an embedded one that lives and ends with this process. */
async function findDatabase({ databaseUrl, dataDir }: Config): Promise<DatabaseHandle> {
  if (databaseUrl !== undefined) return { url: databaseUrl, stop: async () => undefined }
  const { startPersistentPostgres } = await import('@registration/local-postgres')
  return startPersistentPostgres({ dataDir })
}
