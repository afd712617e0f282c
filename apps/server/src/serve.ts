import pino from 'pino'
import { compose } from './compose.ts'
import type { Config } from './config/config.ts'
import { ConfigError, loadConfig } from './config/load-config.ts'
import { createServer } from './http/create-server.ts'

/** Runs the server of its own until it is told to stop. */
export async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  const config = configOrExit(env)
  const log = pino({ level: config.logLevel })
  const database = await findDatabase(config)
  const orchestrator = compose({ ...config, databaseUrl: database.url }, log)
  const server = await createServer(orchestrator, { publicOrigin: config.publicOrigin, log })
  await orchestrator.start()
  const address = await server.listen({ host: config.host, port: config.port })
  log.info({ address }, 'ready')

  const stop = async (signal: NodeJS.Signals) => {
    log.info({ signal }, 'stopping')
    await server.close()
    await orchestrator.stop()
    await database.stop()
    log.info('stopped')
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)
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

/** The configured database, or an embedded one that lives and ends with this process. */
async function findDatabase({ databaseUrl, dataDir }: Config): Promise<{ url: string; stop(): Promise<void> }> {
  if (databaseUrl !== undefined) return { url: databaseUrl, stop: async () => undefined }
  const { startPersistentPostgres } = await import('@registration/local-postgres')
  return startPersistentPostgres({ dataDir })
}
