import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { FinishedRequest, OnRequestFinished } from '../observability/registration-metrics.ts'
import { ApiError } from '../registration/api-error.ts'
import type { Caller, IdentifyCaller } from './caller.ts'
import { cleanRequest } from './clean-request.ts'
import type { CallerLimit } from './rate-limits.ts'
import type { RegistrationApi } from './registration-api.ts'

/** A day: browsers cap it themselves, and a preflight costs a visitor one more round trip. */
const MAX_AGE_SECONDS = 86_400
const METHODS = 'POST'
const REQUEST_HEADERS = 'content-type, idempotency-key, trpc-accept, traceparent'
const ANSWER_HEADERS = 'retry-after, x-request-id, ratelimit-limit, ratelimit-remaining, ratelimit-reset'

/** Lets the page read the answer. Only an origin that may call is echoed, and never with credentials. */
function allowOrigin(reply: FastifyReply, origin: string | undefined): void {
  if (origin === undefined) return
  reply.header('access-control-allow-origin', origin)
  reply.header('access-control-expose-headers', ANSWER_HEADERS)
}

async function answerPreflight(_: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header('access-control-allow-methods', METHODS)
  reply.header('access-control-allow-headers', REQUEST_HEADERS)
  reply.header('access-control-max-age', MAX_AGE_SECONDS)
  await reply.code(204).send()
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls one of the registration's routes. */
    registrationCaller: Caller | null
    /** What came of it: `SUCCEEDED`, or the code of the answer. */
    registrationCode: string | null
  }
}

/** What the doors are built of. */
export interface RegistrationRouteParts {
  api: RegistrationApi
  identifyCaller: IdentifyCaller
  limitCallers: CallerLimit
  onRequestFinished: OnRequestFinished
  /** Called for each field whose value had to be changed or dropped. */
  onFieldChanged: (field: string) => void
}

interface RouteOptions extends Omit<RegistrationRouteParts, 'api'> {
  transport: FinishedRequest['transport']
  /** The routes that browsers may ask about by a preflight, and the calls that they are for. */
  paths: Readonly<Record<string, FinishedRequest['call']>>
}

const BODY = { parseAs: 'buffer', bodyLimit: 16 * 1024 } as const

/**
 * What both doors have in common: they take JSON bodies of a bounded size from callers who may call, and tell browsers
 * so. All of it stays inside the routes's own scope, so that a host's parsers, hooks and routes remain as they are.
 */
export function prepareRoutes(
  routes: FastifyInstance,
  { transport, identifyCaller, limitCallers, onRequestFinished, onFieldChanged, paths }: RouteOptions,
): void {
  function identifyOrExplain(request: FastifyRequest, reply: FastifyReply): Caller {
    try {
      return identifyCaller(request)
    } catch (error) {
      // So that a page whose origin is missing from ALLOWED_ORIGINS can read why. The error holds no data.
      const isOriginError = error instanceof ApiError && error.code === 'ORIGIN_NOT_ALLOWED'
      if (isOriginError && request.method === 'POST') allowOrigin(reply, request.headers.origin)
      throw error
    }
  }
  routes.decorateRequest('registrationCaller', null)
  routes.decorateRequest('registrationCode', null)
  routes.addHook('onRequest', (request, reply, done) => {
    // A refusal depends on the origin too.
    reply.header('vary', 'Origin')
    // Links that log somebody in stay in nobody's cache.
    reply.header('cache-control', 'no-store')
    const caller = identifyOrExplain(request, reply)
    request.registrationCaller = caller
    allowOrigin(reply, caller.origin)
    // A preflight, or a page that opens its connection early, asks for nothing.
    if (request.method === 'POST') limitCallers(caller, reply)
    done()
  })
  const calls = new Map(Object.entries(paths).map(([path, call]) => [`${routes.prefix}${path}`, call]))
  // Here, and not around the calls themselves: who is refused at the routes counts too.
  routes.addHook('onResponse', (request, reply, done) => {
    if (request.method === 'POST') {
      const call = calls.get(request.routeOptions.url ?? '') ?? 'other'
      const code = request.registrationCode ?? codeOfStatus(reply.statusCode)
      onRequestFinished({ transport, call, code, durationMs: reply.elapsedTime })
    }
    done()
  })
  routes.removeAllContentTypeParsers()
  routes.addContentTypeParser<Buffer>('application/json', BODY, (request, body, done) =>
    parseBody(request, body, done, onFieldChanged),
  )
  for (const path of Object.keys(paths)) routes.options(path, answerPreflight)
}

/**
 * Takes JSON that calls itself text, from allowed pages only: such a request needs no preflight, which saves a visitor
 * one round trip.
 */
export function allowSimpleRequests(
  routes: FastifyInstance,
  { onFieldChanged }: Pick<RegistrationRouteParts, 'onFieldChanged'>,
): void {
  routes.addContentTypeParser<Buffer>('text/plain', BODY, (request, body, done) => {
    if (callerOf(request).origin !== undefined) return parseBody(request, body, done, onFieldChanged)
    const sentence =
      'Only a page of an allowed origin may send text/plain. Use the header content-type: application/json.'
    done(new ApiError('INVALID_INPUT', { sentence }))
  })
}

type Done = (error: Error | null, body?: unknown) => void

function parseBody(request: FastifyRequest, body: Buffer, done: Done, onFieldChanged: (field: string) => void): void {
  try {
    const { request: cleaned, changed, unknown } = cleanRequest(parseJson(body))
    for (const field of changed) onFieldChanged(field)
    callerOf(request).unknownFields = unknown
    done(null, cleaned)
  } catch (error) {
    done(error as Error)
  }
}

/** @throws ApiError `INVALID_INPUT` */
function parseJson(body: Buffer): unknown {
  // A decoder would put U+FFFD in an e-mail, which then is another one.
  if (!isUtf8(body)) throw new ApiError('INVALID_INPUT', { sentence: 'The request body must be UTF-8.' })
  const text = body.toString('utf8').replace(/^\ufeff/, '')
  try {
    return /\d{16}/.test(text) ? JSON.parse(text, keepDigits as Reviver) : JSON.parse(text)
  } catch {
    throw new ApiError('INVALID_INPUT', { sentence: 'The request body must be valid JSON.' })
  }
}

/** As the language has it since its values' sources are told; TypeScript doesn't know them yet. */
type Reviver = (key: string, value: unknown) => unknown

/** An id that JavaScript's numbers can't hold stays the digits that it was. */
function keepDigits(_: string, value: unknown, { source = '' }: { source?: string }): unknown {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? source : value
}

/** Of what tRPC's own adapter answered by itself. */
function codeOfStatus(status: number): string {
  return status < 500 ? 'INVALID_INPUT' : 'INTERNAL'
}

/** @throws Error when the request didn't come through a routes */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.registrationCaller) throw new Error('the caller was not identified')
  return request.registrationCaller
}
