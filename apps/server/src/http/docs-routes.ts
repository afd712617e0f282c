import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyPluginAsync } from 'fastify'
import { openApiDocument } from './openapi.ts'

/**
 * Everything comes from here. The interface styles itself by script; and a server in a private network is reached
 * without TLS, where the library's own policy would have every file fetched by https.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** `/openapi.json` for tools and `/docs` for people. */
export function createDocsRoutes(publicOrigin: string): FastifyPluginAsync {
  const document = openApiDocument(publicOrigin)
  return async (server) => {
    server.get('/openapi.json', async () => document)
    await server.register(swagger, { mode: 'static', specification: { document: document as never } })
    await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: CONTENT_SECURITY_POLICY })
  }
}
