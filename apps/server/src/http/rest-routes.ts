import type { RegistrationResponse } from '@registration/shared'
import { registrationRequestSchema, statusRequestSchema } from '@registration/shared/schemas'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { invalidField } from '../registration/api-error.ts'
import { isForeignError, responseCode, responseStatus, sendError } from './api-response.ts'
import { callerOf, prepareRoutes, type RegistrationRouteParts } from './registration-routes.ts'

const ORCHESTRATE = '/orchestrate-registration'
const STATUS = '/registration-status'
const PATHS = { [ORCHESTRATE]: 'orchestrateRegistration', [STATUS]: 'registrationStatus' } as const

/** The REST routes, for callers without a tRPC client. */
export function createRestRoutes({ api, ...parts }: RegistrationRouteParts): FastifyPluginAsync {
  return async (routes) => {
    prepareRoutes(routes, { ...parts, transport: 'rest', paths: PATHS })
    routes.setErrorHandler((error, request, reply) => {
      if (isForeignError(error)) throw error
      return sendError(error, request, reply, ({ failure }) => failure)
    })

    routes.post(ORCHESTRATE, async (request, reply) => {
      const input = registrationRequestSchema.parse(withKeyFromHeader(request))
      return send(request, reply, await api.orchestrateRegistration(input, callerOf(request)))
    })
    routes.post(STATUS, async (request, reply) => {
      return send(
        request,
        reply,
        await api.registrationStatus(statusRequestSchema.parse(withKeyFromHeader(request)), callerOf(request)),
      )
    })
  }
}

function send(request: FastifyRequest, reply: FastifyReply, response: RegistrationResponse): FastifyReply {
  request.registrationCode = responseCode(response)
  return reply.code(responseStatus(response)).send(response)
}

/** The request with the key of the `Idempotency-Key` header, if it has one. A different key in the body is an error. */
function withKeyFromHeader({ headers, body }: FastifyRequest): unknown {
  // The header's specification puts the key in quotes.
  const key = headers['idempotency-key']?.toString().replace(/^"(.*)"$/, '$1')
  if (!key || typeof body !== 'object' || body === null || Array.isArray(body)) return body
  if ('idempotencyKey' in body && body.idempotencyKey !== key) {
    throw invalidField('idempotencyKey', 'must be the same as in the Idempotency-Key header')
  }
  return { ...body, idempotencyKey: key }
}
