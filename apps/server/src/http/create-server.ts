import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyPluginAsync, LogController } from 'fastify'
import { ApiError } from '../registration/api-error.ts'
import { failureOf, sendError } from './api-response.ts'
import { createConsoleRoutes } from './console-routes.ts'
import { createDocsRoutes } from './docs-routes.ts'
import { createMetricsRoutes, type MetricsParts } from './metrics-routes.ts'
import { createOperatorRoutes, type OperatorParts } from './operator-routes.ts'
import type { RegistrationRouteParts } from './registration-routes.ts'
import { createRestRoutes } from './rest-routes.ts'
import { createTrpcRoutes } from './trpc-routes.ts'

const REST_PREFIX = '/api/users'
const TRPC_PREFIX = '/trpc'
const OPERATOR_PREFIX = '/operator/trpc'

/** A caller sends its headers and then its 16 KiB within this, or isn't one; a second more until somebody looks. */
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 15_000
const LOOK_EVERY_MS = 1_000
/** All that a caller has to say in headers is a key or two; the rest are other people's cookies. */
const MAX_HEADER_BYTES = 8 * 1024
/** Longer than a load balancer keeps its connections, so that it is never us who closes one that it is about to use. */
const KEEP_ALIVE_MS = 75_000

/** What is served, and how it stands. */
export interface ServerParts {
  routeParts: RegistrationRouteParts
  operatorParts: OperatorParts & MetricsParts
  /** Whether registrations can be taken now. */
  isReady(): Promise<boolean>
  /** Whether the end was announced: who is connected had better look elsewhere. */
  isStopping(): boolean
}

/** The server of its own: both doors, health, documentation and the operators' page. */
export async function createServer(
  parts: ServerParts,
  options: { publicOrigin: string; log: FastifyBaseLogger },
): Promise<FastifyInstance> {
  const headers = securityHeaders(options.publicOrigin)
  const server = Fastify({
    loggerInstance: options.log,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: LOOK_EVERY_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    clientErrorHandler: respondToBrokenRequest(headers, options.log),
    // One line a registration says more than two a request.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    // Who comes in on an open connection while the server stops gets an answer of the contract, not Fastify's own.
    return503OnClosing: false,
    // A malformed URL gets the same error object as everything else.
    frameworkErrors: (error, request, reply) => {
      const refusal = new ApiError('INVALID_INPUT', { sentence: error.message })
      reply.headers(headers).header('x-request-id', request.id)
      sendError(refusal, request, reply, ({ failure }) => failure)
    },
  })
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers).header('x-request-id', request.id)
    done()
  })
  server.addHook('onSend', (_, reply, payload, done) => {
    // The port's end waits for every connection, and one that is busy now would be kept open for the next request.
    if (parts.isStopping()) reply.header('connection', 'close')
    done(null, payload)
  })
  server.setErrorHandler((error, request, reply) => sendError(error, request, reply, ({ failure }) => failure))
  server.setNotFoundHandler((request, reply) => {
    const sentence = `There is no ${request.method} ${request.url.split('?')[0]} here; see /docs.`
    return sendError(new ApiError('INVALID_INPUT', { sentence }), request, reply, ({ failure }) => {
      reply.code(404)
      return failure
    })
  })
  await server.register(createRestRoutes(parts.routeParts), { prefix: REST_PREFIX })
  await server.register(createTrpcRoutes(parts.routeParts), { prefix: TRPC_PREFIX })
  await server.register(createOperatorRoutes(parts.operatorParts), { prefix: OPERATOR_PREFIX })
  await server.register(createMetricsRoutes(parts.operatorParts))
  await server.register(createHealthRoutes(parts))
  await server.register(createDocsRoutes(options.publicOrigin))
  await server.register(createConsoleRoutes())
  return server
}

/** By Node's own codes; whatever else its parser finds wrong is 400. */
const REFUSALS: Record<string, { status: number; sentence: string }> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, sentence: 'The request took too long to arrive.' },
  HPE_HEADER_OVERFLOW: { status: 431, sentence: 'The request headers are too long.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, sentence: 'The request body has too many chunk extensions.' },
}
const MALFORMED = { status: 400, sentence: 'The request is no valid HTTP.' }

/**
 * Answers what never became a request with the same error object as everything else, and hangs up. The log gets the
 * error's code alone: the error holds the bytes that came, and with them whatever the visitor sent.
 */
function respondToBrokenRequest(headers: Readonly<Record<string, string>>, log: FastifyBaseLogger) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const { status, sentence } = REFUSALS[error.code ?? ''] ?? MALFORMED
    const requestId = randomUUID()
    log.debug({ requestId, code: error.code }, 'a request was broken off')
    const { failure } = failureOf(new ApiError('INVALID_INPUT', { sentence }), requestId)
    const body = JSON.stringify(failure)
    const head = Object.entries({
      ...headers,
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'x-request-id': requestId,
      connection: 'close',
    }).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`, () => socket.destroy())
  }
}

/** For the load balancer: `/livez` says that the process is alive, `/readyz` that it should get traffic. */
function createHealthRoutes({ isReady }: { isReady(): Promise<boolean> }): FastifyPluginAsync {
  return async (server) => {
    server.get('/livez', async () => ({ alive: true }))
    server.get('/readyz', async (_, reply) => {
      const ready = await isReady()
      return reply.code(ready ? 200 : 503).send({ ready })
    })
  }
}

/** A year, as browsers ask for before they remember it beyond the session. */
const HTTPS_ONLY_SECONDS = 31_536_000

/**
 * What every answer of the server of its own tells browsers: to take it for nothing but what it says it is, to show it
 * in nobody's frame, to run nothing in it, and to tell no other site where they came from. Pages that need scripts
 * bring a policy of their own.
 *
 * @param publicOrigin where browsers reach this server; where that is https, they are to forget http
 */
function securityHeaders(publicOrigin: string): Readonly<Record<string, string>> {
  return {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ...(publicOrigin.startsWith('https:') ? { 'strict-transport-security': `max-age=${HTTPS_ONLY_SECONDS}` } : {}),
  }
}
