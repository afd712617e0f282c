import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
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

/** Time limits for a request's headers and for the whole request of at most 16 KiB; checked once a second. */
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 15_000
const CHECK_CONNECTIONS_EVERY_MS = 1_000
/** The API needs one or two keys in headers. The rest is room for cookies of the same domain. */
const MAX_HEADER_BYTES = 8 * 1024
/** Longer than a load balancer's idle time-out, so that the server never closes a connection that is about to be used. */
const KEEP_ALIVE_MS = 75_000

/** The parts of the standalone server. */
export interface ServerParts {
  routeParts: RegistrationRouteParts
  operatorParts: OperatorParts & MetricsParts
  /** Whether registrations can be accepted now. */
  isReady(): Promise<boolean>
  /** Whether the shutdown was announced: connected clients should reconnect elsewhere. */
  isStopping(): boolean
}

/** Creates the standalone server: REST, tRPC, operator API, metrics, health, documentation and console. */
export async function createServer(
  parts: ServerParts,
  options: { publicOrigin: string; log: FastifyBaseLogger },
): Promise<FastifyInstance> {
  const headers = securityHeaders(options.publicOrigin)
  const server = Fastify({
    loggerInstance: options.log,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_CONNECTIONS_EVERY_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    clientErrorHandler: respondToBrokenRequest(headers, options.log),
    // The server logs one line per registration instead of Fastify's two per request.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    // A request on an open connection during shutdown gets the contract's error, not Fastify's.
    return503OnClosing: false,
    // A malformed URL gets the same error object as everything else.
    frameworkErrors: (error, request, reply) => {
      const invalidUrl = new ApiError('INVALID_INPUT', { sentence: error.message })
      reply.headers(headers).header('x-request-id', request.id)
      sendError(invalidUrl, request, reply, ({ failure }) => failure)
    },
  })
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers).header('x-request-id', request.id)
    // At once: the body of a request to an unknown route would be read and parsed first.
    if (request.is404) sendNotFound(request, reply)
    else done()
  })
  server.addHook('onSend', (_, reply, payload, done) => {
    // Closing the port waits for all connections, and keep-alive would hold this one open.
    if (parts.isStopping()) reply.header('connection', 'close')
    done(null, payload)
  })
  server.setErrorHandler((error, request, reply) => sendError(error, request, reply, ({ failure }) => failure))
  const sendNotFound = (request: FastifyRequest, reply: FastifyReply) => {
    const sentence = `There is no ${request.method} ${request.url.split('?')[0]} here; see /docs.`
    return sendError(new ApiError('INVALID_INPUT', { sentence }), request, reply, ({ failure }) => {
      reply.code(404)
      return failure
    })
  }
  server.setNotFoundHandler(sendNotFound)
  await server.register(createRestRoutes(parts.routeParts), { prefix: REST_PREFIX })
  await server.register(createTrpcRoutes(parts.routeParts), { prefix: TRPC_PREFIX })
  await server.register(createOperatorRoutes(parts.operatorParts), { prefix: OPERATOR_PREFIX })
  await server.register(createMetricsRoutes(parts.operatorParts))
  await server.register(createHealthRoutes(parts))
  await server.register(createDocsRoutes(options.publicOrigin))
  await server.register(createConsoleRoutes())
  return server
}

/** Responses by Node's error code. Every other parse error is 400. */
const CLIENT_ERRORS: Record<string, { status: number; sentence: string }> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, sentence: 'The request took too long to arrive.' },
  HPE_HEADER_OVERFLOW: { status: 431, sentence: 'The request headers are too long.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, sentence: 'The request body has too many chunk extensions.' },
}
const MALFORMED = { status: 400, sentence: 'The request is no valid HTTP.' }

/**
 * Answers bytes that are no valid HTTP request with the usual error object, and closes the connection. Only the error's code
 * is logged, since the error itself holds the received bytes, which may contain a visitor's data.
 */
function respondToBrokenRequest(headers: Readonly<Record<string, string>>, log: FastifyBaseLogger) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const { status, sentence } = CLIENT_ERRORS[error.code ?? ''] ?? MALFORMED
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

/** Load balancer checks: `/livez` says that the process is alive, `/readyz` that it should get traffic. */
function createHealthRoutes({ isReady }: { isReady(): Promise<boolean> }): FastifyPluginAsync {
  return async (server) => {
    server.get('/livez', async () => ({ alive: true }))
    server.get('/readyz', async (_, reply) => {
      const ready = await isReady()
      return reply.code(ready ? 200 : 503).send({ ready })
    })
  }
}

/** One year. */
const HTTPS_ONLY_SECONDS = 31_536_000

/**
 * Security headers of every response: no content sniffing, no framing, no scripts, no referrer. Pages that need scripts
 * replace the content security policy.
 *
 * @param publicOrigin where browsers reach this server; if it is https, HSTS is added
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
