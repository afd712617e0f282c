import type { RegistrationAnswer } from '@registration/shared'
import { registrationRequestSchema, statusRequestSchema } from '@registration/shared/schemas'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../registration/refusal.ts'
import { answerCode, answerStatus, sendFailure } from './answer-reply.ts'
import { callerOf, type DoorParts, prepareDoor } from './doors.ts'

const ORCHESTRATE = '/orchestrate-registration'
const STATUS = '/registration-status'
const PATHS = { [ORCHESTRATE]: 'orchestrateRegistration', [STATUS]: 'registrationStatus' } as const

/** The routes for those without TypeScript. */
export function createRestDoor({ api, ...parts }: DoorParts): FastifyPluginAsync {
  return async (door) => {
    prepareDoor(door, { ...parts, name: 'rest', paths: PATHS })
    door.setErrorHandler((error, request, reply) => sendFailure(error, request, reply, ({ failure }) => failure))

    door.post(ORCHESTRATE, async (request, reply) => {
      const input = registrationRequestSchema.parse(withKeyFromHeader(request))
      return send(request, reply, await api.orchestrateRegistration(input, callerOf(request)))
    })
    door.post(STATUS, async (request, reply) => {
      return send(
        request,
        reply,
        await api.registrationStatus(statusRequestSchema.parse(withKeyFromHeader(request)), callerOf(request)),
      )
    })
  }
}

function send(request: FastifyRequest, reply: FastifyReply, answer: RegistrationAnswer): FastifyReply {
  request.registrationCode = answerCode(answer)
  return reply.code(answerStatus(answer)).send(answer)
}

/** The key may come in the header that HTTP clients know, or in the body; not as two different ones. */
function withKeyFromHeader({ headers, body }: FastifyRequest): unknown {
  const key = headers['idempotency-key']
  if (key === undefined || typeof body !== 'object' || body === null || Array.isArray(body)) return body
  if ('idempotencyKey' in body && body.idempotencyKey !== key) {
    throw new Refusal('INVALID_INPUT', {
      sentence: 'idempotencyKey: must be the same as in the Idempotency-Key header',
    })
  }
  return { ...body, idempotencyKey: key }
}
