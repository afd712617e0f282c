import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { FinishedRequest, OnRequestFinished } from '../observability/registration-metrics.ts'
import { ApiError } from '../registration/api-error.ts'
import type { Caller, IdentifyCaller } from './caller.ts'
import { cleanRequest } from './clean-request.ts'
import type { CallerLimit } from './rate-limits.ts'
import type { RegistrationApi } from './registration-api.ts'

/** One day, which browsers cap. A preflight costs a visitor one more round trip. */
const MAX_AGE_SECONDS = 86_400
const METHODS = 'POST'
const REQUEST_HEADERS = 'content-type, idempotency-key, trpc-accept, traceparent'
const EXPOSED_HEADERS = 'retry-after, x-request-id, ratelimit-limit, ratelimit-remaining, ratelimit-reset'

/** Lets the page of that origin read the response; never with credentials. */
function allowOrigin(reply: FastifyReply, origin: string | undefined): void {
  if (origin === undefined) return
  reply.header('access-control-allow-origin', origin)
  reply.header('access-control-expose-headers', EXPOSED_HEADERS)
}

async function answerPreflight(_: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header('access-control-allow-methods', METHODS)
  reply.header('access-control-allow-headers', REQUEST_HEADERS)
  reply.header('access-control-max-age', MAX_AGE_SECONDS)
  await reply.code(204).send()
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller, on the registration's routes. */
    registrationCaller: Caller | null
    /** The code of the response; `SUCCEEDED` if it has none. */
    registrationCode: string | null
  }
}

/** Dependencies of the REST and tRPC routes. */
export interface RegistrationRouteParts {
  api: RegistrationApi
  identifyCaller: IdentifyCaller
  limitCallers: CallerLimit
  onRequestFinished: OnRequestFinished
  /** Called for each field whose value was changed or dropped. */
  onFieldChanged: (field: string) => void
}

interface RouteOptions extends Omit<RegistrationRouteParts, 'api'> {
  transport: FinishedRequest['transport']
  /** The routes that answer preflights, and the call that each of them makes. */
  paths: Readonly<Record<string, FinishedRequest['call']>>
}

const BODY = { parseAs: 'buffer', bodyLimit: 16 * 1024 } as const

/**
 * Sets up what both transports share: identification and rate limits of callers, CORS, JSON bodies of a limited size, and
 * metrics. All of it is registered in the routes' own scope, so that a host's parsers, hooks and routes don't change.
 */
export function prepareRoutes(
  routes: FastifyInstance,
  { transport, identifyCaller, limitCallers, onRequestFinished, onFieldChanged, paths }: RouteOptions,
): void {
  function identifyOrExplain(request: FastifyRequest, reply: FastifyReply): Caller {
    try {
      return identifyCaller(request)
    } catch (error) {
      // A page whose origin is missing from ALLOWED_ORIGINS can read this error, which contains no data.
      const isOriginError = error instanceof ApiError && error.code === 'ORIGIN_NOT_ALLOWED'
      if (isOriginError && request.method === 'POST') allowOrigin(reply, request.headers.origin)
      throw error
    }
  }
  routes.decorateRequest('registrationCaller', null)
  routes.decorateRequest('registrationCode', null)
  routes.addHook('onRequest', (request, reply, done) => {
    // Errors depend on the origin too.
    reply.header('vary', 'Origin')
    // Responses may hold a link that logs the visitor in.
    reply.header('cache-control', 'no-store')
    const caller = identifyOrExplain(request, reply)
    request.registrationCaller = caller
    allowOrigin(reply, caller.origin)
    // A preflight, or a page that warms up its connection, doesn't count.
    if (request.method === 'POST') limitCallers(caller, reply)
    done()
  })
  const calls = new Map(Object.entries(paths).map(([path, call]) => [`${routes.prefix}${path}`, call]))
  // Counted here and not around the calls, so that requests rejected by the hooks count too.
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
 * Accepts JSON with the content type `text/plain` from allowed pages: such a request needs no preflight, which saves a
 * visitor one round trip.
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
  // Decoding invalid bytes would put U+FFFD into an e-mail and change it.
  if (!isUtf8(body)) throw new ApiError('INVALID_INPUT', { sentence: 'The request body must be UTF-8.' })
  const text = body.toString('utf8').replace(/^\ufeff/, '')
  try {
    return /\d{16}/.test(text) ? JSON.parse(text, keepDigits as Reviver) : JSON.parse(text)
  } catch {
    throw new ApiError('INVALID_INPUT', { sentence: 'The request body must be valid JSON.' })
  }
}

/** The type of `keepDigits` without its third parameter, which TypeScript's declarations don't have yet. */
type Reviver = (key: string, value: unknown) => unknown

/** Keeps an integer that a JavaScript number can't represent as its digits. */
function keepDigits(_: string, value: unknown, { source = '' }: { source?: string }): unknown {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? source : value
}

/** The code for the metrics if tRPC's own adapter answered. */
function codeOfStatus(status: number): string {
  return status < 500 ? 'INVALID_INPUT' : 'INTERNAL'
}

/** @throws Error if the route wasn't set up by `prepareRoutes` */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.registrationCaller) throw new Error('the caller was not identified')
  return request.registrationCaller
}
