import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { Refusal } from '../registration/refusal.ts'
import { answerBrokenRequest } from './answer-broken-request.ts'
import { sendFailure } from './answer-reply.ts'
import { createConsoleRoutes } from './console-routes.ts'
import { createDocsRoutes } from './docs-routes.ts'
import type { DoorParts } from './doors.ts'
import { createHealthRoutes } from './health-routes.ts'
import { createMetricsRoutes, type MetricsParts } from './metrics-routes.ts'
import { createOperatorDoor, type OperatorParts } from './operator-door.ts'
import { createRestDoor } from './rest-door.ts'
import { securityHeaders } from './security-headers.ts'
import { createTrpcDoor } from './trpc-door.ts'

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
  doorParts: DoorParts
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
    clientErrorHandler: answerBrokenRequest(headers, options.log),
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
      const refusal = new Refusal('INVALID_INPUT', { sentence: error.message })
      reply.headers(headers).header('x-request-id', request.id)
      sendFailure(refusal, request, reply, ({ failure }) => failure)
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
  server.setErrorHandler((error, request, reply) => sendFailure(error, request, reply, ({ failure }) => failure))
  server.setNotFoundHandler((request, reply) => {
    const sentence = `There is no ${request.method} ${request.url.split('?')[0]} here; see /docs.`
    return sendFailure(new Refusal('INVALID_INPUT', { sentence }), request, reply, ({ failure }) => {
      reply.code(404)
      return failure
    })
  })
  await server.register(createRestDoor(parts.doorParts), { prefix: REST_PREFIX })
  await server.register(createTrpcDoor(parts.doorParts), { prefix: TRPC_PREFIX })
  await server.register(createOperatorDoor(parts.operatorParts), { prefix: OPERATOR_PREFIX })
  await server.register(createMetricsRoutes(parts.operatorParts))
  await server.register(createHealthRoutes(parts))
  await server.register(createDocsRoutes(options.publicOrigin))
  await server.register(createConsoleRoutes())
  return server
}
