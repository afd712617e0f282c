import fastifyPlugin from 'fastify-plugin'
import { type ComposableConfig, compose, type OnSettled, openHostTracing } from './compose.ts'
import { type Environment, loadConfig } from './config/load-config.ts'
import { createRestRoutes } from './http/rest-routes.ts'
import { createTrpcRoutes } from './http/trpc-routes.ts'

export type { OnSettled } from './compose.ts'
export { ConfigError, type Environment } from './config/load-config.ts'
export type { Registration, RegistrationStatus } from './registration/registration.ts'

export interface RegistrationPluginOptions {
  /** Where the REST routes are, such as `/api/users`. */
  prefix: string
  /** Where the tRPC routes are, such as `/trpc`; not below `prefix`. */
  trpcPrefix: string
  /**
   * The same variables that configure the server of its own, such as `process.env`. `DATABASE_URL` must be set;
   * `DATABASE_SCHEMA` is `registration` by default.
   */
  config: Environment
  /** Runs in the transaction that settles a registration, so that a host can write its own tables in the same commit. */
  onSettled?: OnSettled
}

/**
 * Brings the registration's routes and its recovery into an existing Fastify 5 server, and stops with it. The host's
 * routes, parsers, error handler and tables stay as they are; its hooks apply.
 *
 * @throws ConfigError when the configuration can't be used, with all that is wrong
 */
export const registrationPlugin = fastifyPlugin<RegistrationPluginOptions>(
  async (host, { prefix, trpcPrefix, config: env, onSettled }) => {
    const config = loadConfig(env, { defaultSchema: 'registration', databaseRequired: true }) as ComposableConfig
    const orchestrator = compose(config, host.log, { onSettled, tracing: await openHostTracing() })
    try {
      await orchestrator.start()
    } catch (error) {
      // The host may try again: what this one has opened and locked must not stand in its way.
      await orchestrator.stop()
      throw error
    }
    host.addHook('preClose', async () => orchestrator.announceStop())
    host.addHook('onClose', () => orchestrator.stop())
    await host.register(async (routes) => {
      // The host's end waits for every connection; who is served meanwhile would keep theirs open.
      routes.addHook('onSend', async (_, reply) => {
        if (orchestrator.isStopping()) reply.header('connection', 'close')
      })
      await routes.register(createRestRoutes(orchestrator.routeParts), { prefix })
      await routes.register(createTrpcRoutes(orchestrator.routeParts), { prefix: trpcPrefix })
    })
  },
  { name: '@registration/server', fastify: '5.x' },
)
