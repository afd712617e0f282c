import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../registration/refusal.ts'
import type { Caller, IdentifyCaller } from './caller.ts'
import { allowOrigin, answerPreflight } from './cors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls one of the registration's routes. */
    registrationCaller: Caller | null
  }
}

const MAX_BODY_BYTES = 16 * 1024

/**
 * What both doors have in common: they take JSON bodies of a bounded size from callers who may call, and tell browsers
 * so. All of it stays inside the door's own scope, so that a host's parsers, hooks and routes remain as they are.
 */
export function prepareDoor(door: FastifyInstance, identifyCaller: IdentifyCaller, paths: readonly string[]): void {
  door.decorateRequest('registrationCaller', null)
  door.addHook('onRequest', async (request, reply) => {
    const caller = identifyCaller(request)
    request.registrationCaller = caller
    allowOrigin(reply, caller.origin)
  })
  door.removeAllContentTypeParsers()
  door.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, (_, body, done) => {
    try {
      done(null, JSON.parse(String(body)))
    } catch {
      done(new Refusal('INVALID_INPUT', { sentence: 'The request body must be valid JSON.' }))
    }
  })
  for (const path of paths) door.options(path, answerPreflight)
}

/** @throws Error when the request didn't come through a door */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.registrationCaller) throw new Error('the caller was not identified')
  return request.registrationCaller
}
