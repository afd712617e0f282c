import type { FastifyPluginAsync } from 'fastify'
import type { IdentifyOperator } from './identify-operator.ts'

export interface MetricsParts {
  identifyOperator: IdentifyOperator
  /** The metrics in Prometheus' text format. */
  readMetrics(): Promise<{ contentType: string; body: string }>
}

/** Serves `/metrics` to Prometheus, with an operator's key. */
export function createMetricsRoutes({ identifyOperator, readMetrics }: MetricsParts): FastifyPluginAsync {
  return async (server) => {
    server.get('/metrics', async (request, reply) => {
      identifyOperator(request)
      const { contentType, body } = await readMetrics()
      return reply.header('cache-control', 'no-store').type(contentType).send(body)
    })
  }
}
