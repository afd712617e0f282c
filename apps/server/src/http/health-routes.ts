import type { FastifyPluginAsync } from 'fastify'

/** For the load balancer: `/livez` says that the process is alive, `/readyz` that it should get traffic. */
export function createHealthRoutes({ isReady }: { isReady(): Promise<boolean> }): FastifyPluginAsync {
  return async (server) => {
    server.get('/livez', async () => ({ alive: true }))
    server.get('/readyz', async (_, reply) => {
      const ready = await isReady()
      return reply.code(ready ? 200 : 503).send({ ready })
    })
  }
}
