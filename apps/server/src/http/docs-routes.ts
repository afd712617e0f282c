import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { FAILURES, type FailureCode } from '@registration/shared'
import {
  registrationFailureSchema,
  registrationPendingSchema,
  registrationRequestSchema,
  registrationSucceededSchema,
  registrationSucceededWithoutLinkSchema,
  statusRequestSchema,
} from '@registration/shared/schemas'
import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi'

/**
 * Allows files of this server only, and inline styles, which the interface sets by script. The library's own policy would
 * upgrade requests to https and break a server in a private network without TLS.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Serves the OpenAPI document at `/openapi.json` and its interface at `/docs`. */
export function createDocsRoutes(publicOrigin: string): FastifyPluginAsync {
  const document = openApiDocument(publicOrigin)
  return async (server) => {
    server.get('/openapi.json', async () => document)
    await server.register(swagger, { mode: 'static', specification: { document: document as never } })
    await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: CONTENT_SECURITY_POLICY })
  }
}

/** The OpenAPI 3.1 document of the REST routes, generated from the schemas that validate them. */
function openApiDocument(publicOrigin: string) {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Registration Orchestrator',
      version: '1',
      description: 'Registers a visitor with the partner and saves the user, in one call that is safe to repeat.',
    },
    servers: [{ url: publicOrigin }],
    paths: {
      '/api/users/orchestrate-registration': { post: orchestrate },
      '/api/users/registration-status': { post: status },
    },
    components: {
      securitySchemes: {
        internalKey: { type: 'http', scheme: 'bearer', description: 'The key of an internal app. Browsers need none.' },
      },
    },
  })
}

const json = (schema: z.ZodType) => ({ 'application/json': { schema } })

const keyHeader = z.object({
  'idempotency-key': z.string().max(255).optional().meta({
    description: 'Makes repeating the call safe; the same as `idempotencyKey` in the body. Use 128 random bits.',
  }),
})

const succeeded = z
  .union([registrationSucceededSchema, registrationSucceededWithoutLinkSchema])
  .meta({ id: 'RegistrationSucceeded' })
const pending = registrationPendingSchema.meta({ id: 'RegistrationPending' })
const failure = registrationFailureSchema.meta({ id: 'RegistrationFailure' })

const orchestrate: ZodOpenApiOperationObject = {
  operationId: 'orchestrateRegistration',
  summary: 'Register one visitor and get the deposit link',
  security: [{}, { internalKey: [] }],
  requestParams: { header: keyHeader },
  requestBody: { required: true, content: json(registrationRequestSchema.meta({ id: 'RegistrationRequest' })) },
  responses: responses(Object.keys(FAILURES) as FailureCode[]),
}

const status: ZodOpenApiOperationObject = {
  operationId: 'registrationStatus',
  summary: 'Wait for the outcome of a registration, or read it again; never starts one',
  security: [{}, { internalKey: [] }],
  requestBody: { required: true, content: json(statusRequestSchema.meta({ id: 'StatusRequest' })) },
  responses: responses(Object.keys(FAILURES) as FailureCode[]),
}

/** One response per HTTP status, which lists its codes. */
function responses(codes: FailureCode[]): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(codes, (code) => FAILURES[code].http)
  const failures = [...byStatus].map(([http, codesOfStatus]) => [
    String(http),
    { description: codesOfStatus.map((code) => `\`${code}\``).join(', '), content: json(failure) },
  ])
  return {
    '200': {
      description: 'The account exists; `depositUrl` is null where there is no link to it here (any more).',
      content: json(succeeded),
    },
    '202': { description: 'Not known yet: call again with the same key.', content: json(pending) },
    ...Object.fromEntries(failures),
  }
}
