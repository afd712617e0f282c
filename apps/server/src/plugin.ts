import fastifyPlugin from 'fastify-plugin'
import { type ComposableConfig, compose, type OnSettled, openHostTracing } from './compose.ts'
import { type Environment, loadConfig } from './config/load-config.ts'
import { createRestRoutes } from './http/rest-routes.ts'
import { createTrpcRoutes } from './http/trpc-routes.ts'

export type { OnSettled } from './compose.ts'
export { ConfigError, type Environment } from './config/load-config.ts'
export type { Registration, RegistrationStatus } from './registration/registration.ts'

export interface RegistrationPluginOptions {
  /** The prefix of the REST routes, such as `/api/users`. */
  prefix: string
  /** The prefix of the tRPC routes, such as `/trpc`; not below `prefix`. */
  trpcPrefix: string
  /**
   * The variables that configure the standalone server, such as `process.env`. `DATABASE_URL` is required; `DATABASE_SCHEMA`
   * is `registration` by default.
   */
  config: Environment
  /** Runs in the transaction that saves a registration's result, so that a host can write its own tables in the same commit. */
  onSettled?: OnSettled
}

/**
 * Adds the registration routes and recovery to an existing Fastify 5 server, and stops with it. The host's routes, parsers,
 * error handler and tables don't change; its hooks apply.
 *
 * @throws ConfigError with all problems, if the configuration is invalid
 */
export const registrationPlugin = fastifyPlugin<RegistrationPluginOptions>(
  async (host, { prefix, trpcPrefix, config: env, onSettled }) => {
    const config = loadConfig(env, { defaultSchema: 'registration', databaseRequired: true }) as ComposableConfig
    const orchestrator = compose(config, host.log, { onSettled, tracing: await openHostTracing() })
    try {
      await orchestrator.start()
    } catch (error) {
      // Releases connections and locks, so that the host can try again.
      await orchestrator.stop()
      throw error
    }
    host.addHook('preClose', async () => orchestrator.announceStop())
    host.addHook('onClose', () => orchestrator.stop())
    await host.register(async (routes) => {
      // The host's shutdown waits for all connections, and keep-alive would hold this one open.
      routes.addHook('onSend', async (_, reply) => {
        if (orchestrator.isStopping()) reply.header('connection', 'close')
      })
      await routes.register(createRestRoutes(orchestrator.routeParts), { prefix })
      await routes.register(createTrpcRoutes(orchestrator.routeParts), { prefix: trpcPrefix })
    })
  },
  { name: '@registration/server', fastify: '5.x' },
)
