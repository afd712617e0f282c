import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyPluginAsync } from 'fastify'
import { openApiDocument } from './openapi.ts'

/** `/openapi.json` for tools and `/docs` for people. */
export function createDocsRoutes(publicOrigin: string): FastifyPluginAsync {
  const document = openApiDocument(publicOrigin)
  return async (server) => {
    server.get('/openapi.json', async () => document)
    await server.register(swagger, { mode: 'static', specification: { document: document as never } })
    await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
  }
}
