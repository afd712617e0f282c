import { getTRPCErrorShape, TRPCError } from '@trpc/server'
import { type CreateFastifyContextOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { OnOperatorAct, OperatorStore } from '../operators/operator-store.ts'
import { sendError } from './api-response.ts'
import type { IdentifyOperator } from './identify-operator.ts'
import { asOperatorError, createOperatorRouter, type OperatorContext } from './operator-router.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the operator's key. */
    operator: string | null
  }
}

/** Dependencies of the operators' routes. */
export interface OperatorParts {
  store: OperatorStore
  identifyOperator: IdentifyOperator
  onAct: OnOperatorAct
}

const BODY_LIMIT = 16 * 1024

/** Serves the operator router by tRPC, to the console and to any other client with an operator's key. */
export function createOperatorRoutes({ store, identifyOperator, onAct }: OperatorParts): FastifyPluginAsync {
  const router = createOperatorRouter(store, onAct)
  return async (routes) => {
    routes.decorateRequest('operator', null)
    routes.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store')
      request.operator = identifyOperator(request)
    })
    // For JSON, which Fastify reads. Other bodies are read by tRPC, within `maxBodySize`.
    routes.addHook('onRoute', (route) => {
      route.bodyLimit = BODY_LIMIT
    })
    routes.setErrorHandler((error, request, reply) =>
      sendError(error, request, reply, () => ({ error: errorShape(router, error, request) })),
    )
    await routes.register(fastifyTRPCPlugin, {
      trpcOptions: {
        router,
        allowBatching: false,
        // Queries are sent by POST, since their input may be an e-mail, and URLs end up in access logs.
        allowMethodOverride: true,
        maxBodySize: BODY_LIMIT,
        createContext: ({ req }: CreateFastifyContextOptions) => contextOf(req),
      },
    })
  }
}

function contextOf({ id, operator }: FastifyRequest): OperatorContext {
  if (operator === null) throw new Error('the operator was not identified')
  return { requestId: id, operator }
}

/** The error as tRPC's own adapter would send it. */
function errorShape(router: ReturnType<typeof createOperatorRouter>, error: unknown, request: FastifyRequest) {
  return getTRPCErrorShape({
    config: router._def._config,
    error: error instanceof TRPCError ? error : asOperatorError(error),
    type: 'unknown',
    path: undefined,
    input: undefined,
    ctx: { requestId: request.id, operator: '' },
  })
}
