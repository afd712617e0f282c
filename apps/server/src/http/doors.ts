import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AnsweredCall, OnAnswered } from '../registration/on-answered.ts'
import { Refusal } from '../registration/refusal.ts'
import type { Caller, IdentifyCaller } from './caller.ts'
import { allowOrigin, answerPreflight } from './cors.ts'
import type { LimitCallers } from './limit-callers.ts'
import type { RegistrationApi } from './registration-api.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls one of the registration's routes. */
    registrationCaller: Caller | null
    /** What came of it: `SUCCEEDED`, or the code of the answer. */
    registrationCode: string | null
  }
}

/** What the doors are built of. */
export interface DoorParts {
  api: RegistrationApi
  identifyCaller: IdentifyCaller
  limitCallers: LimitCallers
  onAnswered: OnAnswered
}

interface DoorOptions extends Omit<DoorParts, 'api'> {
  name: AnsweredCall['door']
  /** The routes that browsers may ask about by a preflight, and the calls that they are for. */
  paths: Readonly<Record<string, AnsweredCall['call']>>
}

const BODY = { parseAs: 'string', bodyLimit: 16 * 1024 } as const

/**
 * What both doors have in common: they take JSON bodies of a bounded size from callers who may call, and tell browsers
 * so. All of it stays inside the door's own scope, so that a host's parsers, hooks and routes remain as they are.
 */
export function prepareDoor(
  door: FastifyInstance,
  { name, identifyCaller, limitCallers, onAnswered, paths }: DoorOptions,
): void {
  door.decorateRequest('registrationCaller', null)
  door.decorateRequest('registrationCode', null)
  door.addHook('onRequest', (request, reply, done) => {
    // A refusal depends on the origin too.
    reply.header('vary', 'Origin')
    // Links that log somebody in stay in nobody's cache.
    reply.header('cache-control', 'no-store')
    const caller = identifyCaller(request)
    request.registrationCaller = caller
    allowOrigin(reply, caller.origin)
    // A preflight, or a page that opens its connection early, asks for nothing.
    if (request.method === 'POST') limitCallers(caller, reply)
    done()
  })
  const calls = new Map(Object.entries(paths).map(([path, call]) => [`${door.prefix}${path}`, call]))
  // Here, and not around the calls themselves: who is refused at the door counts too.
  door.addHook('onResponse', (request, reply, done) => {
    if (request.method === 'POST') {
      const call = calls.get(request.routeOptions.url ?? '') ?? 'other'
      const code = request.registrationCode ?? codeOfStatus(reply.statusCode)
      onAnswered({ door: name, call, code, durationMs: reply.elapsedTime })
    }
    done()
  })
  door.removeAllContentTypeParsers()
  door.addContentTypeParser<string>('application/json', BODY, parseJson)
  for (const path of Object.keys(paths)) door.options(path, answerPreflight)
}

/**
 * Takes JSON that calls itself text, from allowed pages only: such a request needs no preflight, which saves a visitor
 * one round trip.
 */
export function allowSimpleRequests(door: FastifyInstance): void {
  door.addContentTypeParser<string>('text/plain', BODY, (request, body, done) => {
    if (callerOf(request).origin !== undefined) return parseJson(request, body, done)
    const sentence =
      'Only a page of an allowed origin may send text/plain. Use the header content-type: application/json.'
    done(new Refusal('INVALID_INPUT', { sentence }))
  })
}

function parseJson(_: FastifyRequest, body: string, done: (error: Error | null, body?: unknown) => void): void {
  try {
    done(null, JSON.parse(body))
  } catch {
    done(new Refusal('INVALID_INPUT', { sentence: 'The request body must be valid JSON.' }))
  }
}

/** Of what tRPC's own adapter answered by itself. */
function codeOfStatus(status: number): string {
  return status < 500 ? 'INVALID_INPUT' : 'INTERNAL'
}

/** @throws Error when the request didn't come through a door */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.registrationCaller) throw new Error('the caller was not identified')
  return request.registrationCaller
}
